// Builds one image and says how large it has become.

import { growthBetween } from '../image/size-history.ts';
import { formatGrowth, formatMegabytes } from '../plan/image-budget.ts';
import type { Task } from '../task.ts';
import type { UpTools } from './up-tools.ts';

export async function buildImage(tools: UpTools, name: string, task: Task): Promise<string> {
  const request = tools.run.builds.get(name)!;
  const before = await tools.sizes.latest(name);
  await tools.tracker.during(request.reference, 'Building', () => tools.images.build(request, task));
  const layers = await tools.images.layers(request.reference, task.signal);
  const built = await tools.sizes.record(name, request.reference, layers);
  const growth = before && growthBetween(before, built);
  const size = formatMegabytes(built.sizeBytes);
  return growth === undefined ? size : `${size}, ${formatGrowth(growth)} since the last build`;
}
