// Brings one image into every node.

import { formatMegabytes } from '../../plan/image-budget.ts';
import type { Task } from '../../task.ts';
import type { UpTools } from '../../up/up-tools.ts';

/** `subject` is the name of an image of the environment, or the id of an artifact that is an image. */
export async function loadImage(tools: UpTools, subject: string, task: Task): Promise<string> {
  const wanted = tools.run.builds.get(subject)?.reference ?? tools.run.artifacts.get(subject)!.location;
  const reference = tools.aliases.of(wanted);
  const { nodes } = await tools.driver.observe(tools.run.clusterName, task.signal);
  const reports = await tools.tracker.during(wanted, 'Loading', () =>
    tools.loader.load({ references: [reference], nodes }, task),
  );
  const sentBytes = reports.reduce((sum, report) => sum + report.sentBytes, 0);
  const where = nodes.length === 1 ? '1 node' : `${nodes.length} nodes`;
  return sentBytes === 0 ? `already on ${where}` : `${formatMegabytes(sentBytes)} sent to ${where}`;
}
