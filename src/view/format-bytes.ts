// Pure: sizes for people, in powers of ten as container engines count them.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** '812 B', '5.8 MB', '180 MB': one decimal below ten, none above. Negative sizes keep their sign. */
export function formatBytes(sizeBytes: number): string {
  let value = Math.abs(sizeBytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${sizeBytes < 0 ? '-' : ''}${value.toFixed(digits)} ${UNITS[unit]}`;
}
