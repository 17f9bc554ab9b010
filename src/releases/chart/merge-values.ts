// Pure: helm's way of laying values over values.

type Values = Readonly<Record<string, unknown>>;

/** Maps merge key by key, `over` wins; lists and all else are replaced, as helm does with several values files. */
export function mergeValues(base: Values, over: Values): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMap(below) && isMap(value) ? mergeValues(below, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
