// YAML as helm and the Kubernetes clients read it (sigs.k8s.io/yaml on go-yaml v2): version 1.1 in most things, the
// last of two equal keys, and a merge (`<<`) that overrides what stands before it.

import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments, type Node } from 'yaml';

export interface YamlDocument {
  /** Maps as plain objects, keys as text, as JSON would have them. */
  readonly value: unknown;
  /** Comments and blank lines above it. */
  readonly head: string;
}

export interface YamlOptions {
  /** Whole numbers beyond 2^53 as bigint; else the nearest number, as JSON.parse gives it. */
  readonly isExact?: boolean;
}

/** So many nodes may come of aliases; a few lines can stand for billions. */
const MOST_ALIASED = 100_000;

/** Every document of a text that has something in it. Throws an Error that tells what is wrong. */
export function readYamlDocuments(text: string, options: YamlOptions = {}): YamlDocument[] {
  // Joined files may each begin with a mark of their own.
  const plain = text.replace(/^\uFEFF/gm, '');
  let end = 0;
  return parseAllDocuments(plain, {
    schema: 'failsafe',
    uniqueKeys: false,
    strict: false,
    version: '1.1',
  }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    const [start, , after] = document.contents?.range ?? [end, end, end];
    const head = plain.slice(end, start);
    end = after;
    return { value: new Reader(options).read(document.contents), head };
  });
}

/** The first document; null for a text without any. */
export function readYaml(text: string): unknown {
  return readYamlDocuments(text)[0]?.value ?? null;
}

class Reader {
  /** The nearest one before an alias counts. */
  readonly #anchors = new Map<string, Node>();
  readonly #isExact: boolean;
  /** Anchors that are being read: one within itself has no end. */
  readonly #open = new Set<Node>();
  #aliased = 0;

  constructor({ isExact = false }: YamlOptions) {
    this.#isExact = isExact;
  }

  read(node: unknown): unknown {
    if (this.#open.size > 0 && ++this.#aliased > MOST_ALIASED)
      throw new Error('its aliases stand for too much');
    if (node === null || node === undefined) return null;
    if (isNode(node) && 'anchor' in node && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) throw new Error(`there is no anchor ${node.source}`);
      if (this.#open.has(target)) throw new Error(`the anchor ${node.source} contains itself`);
      this.#open.add(target);
      const value = this.read(target);
      this.#open.delete(target);
      return value;
    }
    if (isScalar(node))
      return this.#number(readScalar(String(node.value ?? ''), node.type === 'PLAIN', node.tag));
    if (isSeq(node)) return node.items.map((item) => this.read(item));
    if (!isMap(node)) return null;
    const map = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      const isMerge = isScalar(key) && key.value === '<<' && key.type === 'PLAIN' && key.tag === undefined;
      if (isMerge) this.#merge(value, map);
      else map.set(keyText(this.read(key)), this.read(value));
    }
    // A key may be called __proto__.
    return Object.fromEntries(map);
  }

  /** Of several, the first one wins. */
  #merge(node: unknown, map: Map<string, unknown>): void {
    const value = this.read(node);
    const parts: unknown[] = Array.isArray(value) ? value.toReversed() : [value];
    for (const part of parts) {
      if (typeof part !== 'object' || part === null || Array.isArray(part))
        throw new Error('only maps can be merged (<<)');
      for (const [key, inner] of Object.entries(part)) map.set(key, inner);
    }
  }

  #number(value: unknown): unknown {
    return typeof value === 'bigint' && !this.#isExact ? Number(value) : value;
  }
}

const WORDS = new Map<string, boolean | null | number>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);
const CORE = 'tag:yaml.org,2002:';

function readScalar(text: string, isPlain: boolean, tag: string | undefined): unknown {
  if (tag === `${CORE}binary`) return Buffer.from(text, 'base64').toString('utf8');
  const isText =
    tag === undefined ? !isPlain : !['int', 'float', 'bool', 'null'].some((name) => tag === CORE + name);
  if (isText) return text;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  return readNumber(text) ?? text;
}

/** Go's strconv.ParseInt with base 0, and its floats; of base 60 nothing is known. */
function readNumber(text: string): number | bigint | undefined {
  if (!/^[-+.\d]/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const [, sign = '', digits = ''] =
    /^([-+]?)(0x[\da-f]+|0o[0-7]+|0b[01]+|0[0-7]*|[1-9]\d*)$/i.exec(plain) ?? [];
  if (digits !== '') {
    const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
    const whole = sign === '-' ? -BigInt(octal) : BigInt(octal);
    if (Number.isSafeInteger(Number(whole))) return Number(whole);
    // What 64 bits do not hold is a float to Go.
    return whole >= -(2n ** 63n) && whole < 2n ** 64n ? whole : Number(whole);
  }
  return /^[-+]?(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'boolean' || typeof key === 'number' || typeof key === 'bigint') return String(key);
  throw new Error(`a key is neither text nor number: ${JSON.stringify(key)}`);
}
