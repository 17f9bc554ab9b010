// Pure: a config as nothing but data. What JSON has no words for is a problem with its path: handed on, it would reach
// helm as something else, or not at all.

import type { Problem } from './problem.ts';

export interface PlainData {
  /** A copy whose maps have no prototype: a name that every object has ('constructor') is in it only where it was written. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
}

/** Deeper than any config, and less than what fills the stack. */
const DEEPEST = 100;

/** A property that is undefined counts as absent. Everything is read once, so what is copied is what was checked. */
export function toPlainData(value: unknown): PlainData {
  const problems: Problem[] = [];
  const above = new Set<object>();

  function refuse(path: readonly PropertyKey[], message: string): undefined {
    problems.push({ path: formatPath(path), message });
    return undefined;
  }

  function copy(item: unknown, path: readonly PropertyKey[]): unknown {
    switch (typeof item) {
      case 'boolean':
        return item;
      case 'string':
        return item.isWellFormed() ? item : refuse(path, 'holds half of a character (a lone surrogate)');
      case 'number':
        return Number.isFinite(item) ? item : refuse(path, `is ${item}, which JSON has no word for`);
      case 'object':
        return item === null ? null : copyObject(item, path);
      case 'bigint':
        return refuse(path, 'is a BigInt: write it as a number or as text');
      case 'undefined':
        return refuse(path, 'is undefined');
      default:
        return refuse(path, `is a ${typeof item}, and a config is data`);
    }
  }

  function copyObject(item: object, path: readonly PropertyKey[]): unknown {
    if (above.has(item)) return refuse(path, 'holds itself, in a circle');
    if (path.length > DEEPEST) return refuse(path, `lies deeper than ${DEEPEST} levels`);
    above.add(item);
    try {
      if (Array.isArray(item)) return copyList(item, path);
      const other = kindOf(item);
      return other === undefined ? copyMap(item, path) : refuse(path, other);
    } catch (error) {
      // A proxy whose traps throw, or that was revoked.
      return refuse(path, `cannot be read: ${thrownText(error)}`);
    } finally {
      above.delete(item);
    }
  }

  function copyList(list: readonly unknown[], path: readonly PropertyKey[]): unknown[] {
    const copied: unknown[] = [];
    for (let index = 0; index < list.length; index++) {
      if (!Object.hasOwn(list, index)) {
        refuse([...path, index], 'is a hole in the list');
        break;
      }
      copied.push(read(list, index, path));
    }
    for (const key of Reflect.ownKeys(list)) {
      if (key !== 'length' && !isIndex(key))
        refuse([...path, key], 'stands on a list, which has only elements');
    }
    return copied;
  }

  function copyMap(map: object, path: readonly PropertyKey[]): object {
    const copied = Object.create(null) as Record<string, unknown>;
    for (const key of Reflect.ownKeys(map)) {
      if (typeof key === 'symbol') {
        // A module that was imported as a whole says so by this one.
        if (key !== Symbol.toStringTag) refuse([...path, key], 'is named by a symbol');
        continue;
      }
      if (!Object.prototype.propertyIsEnumerable.call(map, key)) continue;
      if (key === '__proto__') {
        refuse([...path, key], 'is a name that JavaScript has taken');
        continue;
      }
      const inner = read(map, key, path, true);
      if (inner !== undefined) copied[key] = inner;
    }
    return copied;
  }

  function read(
    from: object,
    key: string | number,
    path: readonly PropertyKey[],
    mayBeAbsent = false,
  ): unknown {
    let inner: unknown;
    try {
      inner = (from as Record<string | number, unknown>)[key];
    } catch (error) {
      return refuse([...path, key], `cannot be read: ${thrownText(error)}`);
    }
    return inner === undefined && mayBeAbsent ? undefined : copy(inner, [...path, key]);
  }

  return { data: copy(value, []), problems };
}

/** 'environments.demo.releases.web.needs[0]', "images['image.reference']"; the whole is the 'default export'. */
export function formatPath(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((before, part) => {
    if (typeof part === 'number') return `${before}[${part}]`;
    if (typeof part === 'symbol') return `${before}[${part.toString()}]`;
    if (!/^[\w-]+$/.test(part)) return `${before}['${part}']`;
    return before === '' ? part : `${before}.${part}`;
  }, '');
  return text === '' ? 'default export' : text;
}

/** What a `throw` threw, in words: anything can be thrown, null as well. */
export function thrownText(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message) || thrown.name;
    if (typeof thrown === 'object' && thrown !== null) return 'an object was thrown that is no Error';
    if (typeof thrown === 'function') return 'a function was thrown';
    return typeof thrown === 'string' ? thrown : `${String(thrown)} was thrown`;
  } catch {
    return 'what was thrown cannot be read either';
  }
}

/** Says what an object is that is no map; undefined for a map. */
function kindOf(item: object): string | undefined {
  const prototype = Object.getPrototypeOf(item) as object | null;
  if (prototype === null) return undefined;
  // Plain objects of this realm and of others: a config may be evaluated in a context of its own.
  if (Object.getPrototypeOf(prototype) === null && Object.keys(prototype).length === 0) return undefined;
  // Its rejection is of no interest any more, and would end the process.
  if (item instanceof Promise) item.catch(() => undefined);
  if ('then' in item && typeof item.then === 'function')
    return 'is a promise: write `export default await …`, or await it where it is made';
  const { constructor } = prototype as { constructor?: { name?: unknown } };
  const name = typeof constructor === 'function' ? constructor.name : undefined;
  const isOwn = constructor !== Object && typeof name === 'string' && name !== '';
  return isOwn
    ? `is of the class ${name}: write plain data`
    : 'inherits from another object, and what it inherits would be lost: copy it with { ...it }';
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key);
}
