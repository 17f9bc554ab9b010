// Pure: amounts as Kubernetes writes them (500m, 96Mi, 1.5, 2e3), compared exactly.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

const binary: Readonly<Record<string, bigint>> = {
  Ki: 2n ** 10n,
  Mi: 2n ** 20n,
  Gi: 2n ** 30n,
  Ti: 2n ** 40n,
  Pi: 2n ** 50n,
  Ei: 2n ** 60n,
};
const decimal: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?$/;

/** value × 10^-scale: a whole number and how many decimals it stands for. */
export interface Quantity {
  readonly value: bigint;
  readonly scale: number;
}

/** Undefined for what is no quantity. Numbers are taken as they are printed. */
export function parseQuantity(input: unknown): Quantity | undefined {
  if (typeof input !== 'string' && typeof input !== 'number') return undefined;
  const match = FORM.exec(String(input));
  if (match === null) return undefined;
  const [, sign, digits = '', power, suffix, exponent] = match;
  const point = digits.indexOf('.');
  const decimals = point < 0 ? 0 : digits.length - point - 1;
  const whole = BigInt(digits.replace('.', '')) * (power === undefined ? 1n : binary[power]!);
  const shift = exponent === undefined ? decimal[suffix ?? '']! : Number(exponent);
  return { value: sign === '-' ? -whole : whole, scale: decimals - shift };
}

/** Below 0, 0 or above 0, as the first is less than, equal to or greater than the second. */
export function compareQuantities(first: Quantity, second: Quantity): number {
  const scale = Math.max(first.scale, second.scale);
  const difference = atScale(first, scale) - atScale(second, scale);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function atScale({ value, scale }: Quantity, wanted: number): bigint {
  return value * 10n ** BigInt(wanted - scale);
}
