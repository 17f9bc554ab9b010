// Builds one image and says how large it has become.

import { imageScopeOf } from '../image-ownership.ts';
import { growthBetween } from '../size-history.ts';
import { formatGrowth, formatMegabytes } from '../../plan/image-budget.ts';
import type { Task } from '../../task.ts';
import type { UpTools } from '../../up/up-tools.ts';

/** Older ones are not compared with. */
const COMPARED = 10;

export async function buildImage(tools: UpTools, name: string, task: Task): Promise<string> {
  const request = tools.run.builds.get(name)!;
  const before = await tools.sizes.latest(name);
  await tools.tracker.during(request.reference, 'Building', () => tools.images.build(request, task));
  const layers = await tools.images.layers(request.reference, task.signal);
  const built = await tools.sizes.record(name, request.reference, layers);
  const growth = before && growthBetween(before, built);
  const size = formatMegabytes(built.sizeBytes);
  const same = await findSame(tools, name, task.signal);
  if (same !== undefined) {
    await tools.aliases.record(request.reference, same);
    return `${size}, the same content as ${same.slice(same.lastIndexOf(':') + 1)}`;
  }
  return growth === undefined ? size : `${size}, ${formatGrowth(growth)} since the last build`;
}

/** Of earlier builds of the image, the newest that has the same content. */
async function findSame(
  { run, images, aliases }: UpTools,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { reference } = run.builds.get(name)!;
  const repository = reference.slice(0, reference.lastIndexOf(':') + 1);
  const labels = { 'dev.slipway.cluster': imageScopeOf(run), 'dev.slipway.image': name };
  const others = (await images.list(labels, signal))
    .flatMap(({ references }) => references)
    // One that has the content of another is no image to go by.
    .filter((one) => one.startsWith(repository) && one !== reference && aliases.of(one) === one);
  for (const other of others.slice(0, COMPARED))
    if (await images.isSameContent(reference, other, signal)) return other;
  return undefined;
}
