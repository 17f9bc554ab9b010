// Builds one image and says how large it has become.

import { formatGrowth, formatMegabytes } from '../plan/image-budget.ts';
import type { Task } from '../task.ts';
import type { UpTools } from './up-tools.ts';

export async function buildImage(tools: UpTools, name: string, task: Task): Promise<string> {
  const request = tools.run.builds.get(name)!;
  const before = await tools.sizes.latest(name);
  const image = await tools.tracker.during(request.reference, 'Building', () =>
    tools.images.build(request, task),
  );
  await tools.sizes.record(
    name,
    request.reference,
    await tools.images.layers(request.reference, task.signal),
  );
  if (!before || before.reference === request.reference) return formatMegabytes(image.sizeBytes);
  return `${formatMegabytes(image.sizeBytes)}, ${formatGrowth(image.sizeBytes - before.sizeBytes)} since the last build`;
}
