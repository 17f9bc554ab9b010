// How many generated cases a property is tried with: 2,000 in `npm test`, more by `npm test -- --cases 100000`.

const asked = Number(process.env['SLIPWAY_TEST_CASES'] ?? 2000);

/** @param share 1 for a property whose cases take microseconds, less for one that needs disks or sockets */
export function caseCount(share = 1): number {
  return Math.max(10, Math.round(asked * share));
}

/** For a test of generated cases, also when many are asked for and the machine is busy. */
export const generatedTimeoutMs = 60_000 + asked * 50;
