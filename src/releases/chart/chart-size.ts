// What makes a chart too large for helm: it keeps every file of a chart's folder, and what they render, in one Secret.

import { join } from 'node:path';
import { Failure } from '../../failure.ts';
import { formatBytes } from '../../view/format-bytes.ts';
import { listChart } from './chart-files.ts';

/** Smaller ones are not what makes a megabyte. */
const WORTH_NAMING_BYTES = 20_000;
const NAMED = 5;

/**
 * Whether helm or the API server refused something for its size: the Secret of the release (1 MiB), one object, the
 * whole request (3 MiB), or a file of the chart (5 MiB).
 */
export function isTooLarge(reason: string): boolean {
  return /Too long: (may not be more than|must have at most) \d+|request (entity )?(is )?too large|larger than (the )?max|exceeds? (the )?maximum (\w+ )?size/i.test(
    reason,
  );
}

/** Says which files of the chart are large, and the way out. */
export async function tooLargeFailure(
  doing: string,
  chart: string,
  reason: string,
  cause: unknown,
): Promise<Failure> {
  const files = await largestFiles(chart);
  const [first = ''] = reason.split('\n');
  return new Failure('chart', `cannot ${doing}: it is too large for helm`, {
    cause,
    details: [
      ...files.map(({ path, sizeBytes }) => `${formatBytes(sizeBytes).padStart(7)}  ${join(chart, path)}`),
      first,
    ],
    hint:
      files.length > 0
        ? `helm keeps every file of a chart's folder in a Secret, which holds 1 MiB when packed. Name what is no part of the chart in ${join(chart, '.helmignore')}, a pattern to a line: ${files[0]!.path}`
        : `What ${chart} renders is more than a Secret of 1 MiB holds: split it into several charts.`,
  });
}

/** The largest that helm takes in, largest first. */
async function largestFiles(chart: string): Promise<{ path: string; sizeBytes: number }[]> {
  const { files } = await listChart(chart).catch(() => ({ files: [] }));
  return files
    .filter(({ sizeBytes }) => sizeBytes >= WORTH_NAMING_BYTES)
    .toSorted((left, right) => right.sizeBytes - left.sizeBytes)
    .slice(0, NAMED);
}
