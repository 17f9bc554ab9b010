// Brings one image into every node.

import type { Task } from '../task.ts';
import type { UpTools } from './up-tools.ts';

export async function loadImage(tools: UpTools, reference: string, task: Task): Promise<string> {
  const { nodes } = await tools.driver.observe(tools.run.clusterName, task.signal);
  const reports = await tools.loader.load({ references: [reference], nodes }, task);
  const sentBytes = reports.reduce((sum, report) => sum + report.sentBytes, 0);
  const where = nodes.length === 1 ? '1 node' : `${nodes.length} nodes`;
  return sentBytes === 0 ? `already on ${where}` : `${(sentBytes / 1e6).toFixed(1)} MB sent to ${where}`;
}
