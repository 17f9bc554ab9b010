// Pure: reads fields of things from outside, of which nothing is sure: a wrong type is the same as absence.

/** From the root of an object to a place in it; numbers are positions in lists. */
export type FieldPath = readonly (string | number)[];

/** What is at that path, or undefined. Looks at own properties only, so no name of a field can surprise. */
export function valueAt(value: unknown, ...path: FieldPath): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return current;
}

/** The text there; undefined for anything else. */
export function textAt(value: unknown, ...path: FieldPath): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The number there; undefined for anything else. */
export function numberAt(value: unknown, ...path: FieldPath): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** The items of the list there; none for anything else. */
export function listAt(value: unknown, ...path: FieldPath): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The texts in the list there. */
export function textsAt(value: unknown, ...path: FieldPath): string[] {
  return listAt(value, ...path).filter((item): item is string => typeof item === 'string');
}

/** Keys and values of the map there; none for anything else. */
export function entriesAt(value: unknown, ...path: FieldPath): [string, unknown][] {
  const found = valueAt(value, ...path);
  return isMap(found) ? Object.entries(found) : [];
}

/** Those entries of the map there whose value is a text: labels, annotations, data. */
export function labelsAt(value: unknown, ...path: FieldPath): ReadonlyMap<string, string> {
  return new Map(
    entriesAt(value, ...path).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Whether it is a map, so neither a list nor a plain value. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A plain value for a message; anything else is only called what it is. */
export function show(value: unknown): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return 'a list';
  return isMap(value) ? 'a map' : String(value);
}
