// Pure: puts image references into chart values.

/** A copy of the values with `value` at a dotted path ('image.reference'); maps on the way are made. */
export function withValueAt(
  values: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  const [head = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...values, [head]: value };
  const inner = values[head];
  const map =
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? (inner as Record<string, unknown>)
      : {};
  return { ...values, [head]: withValueAt(map, rest.join('.'), value) };
}
