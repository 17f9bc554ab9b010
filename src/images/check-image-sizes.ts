// The gate before anything is deployed: every image and all of them together against the budget.

import { Failure } from '../failure.ts';
import {
  checkBudget,
  formatBudgetBreach,
  formatMegabytes,
  type BudgetImage,
  type BudgetLimits,
  type BudgetReport,
} from '../plan/image-budget.ts';
import type { ObservedState } from '../plan/state.ts';
import type { Task } from '../task.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import type { UpTools } from '../up/up-tools.ts';

export async function checkImageSizes(tools: UpTools, task: Task): Promise<string> {
  const unknown: string[] = [];
  const found = await Promise.all(
    [...tools.run.builds].map(async ([name, { reference }]): Promise<BudgetImage[]> => {
      const known = await tools.sizes.layersOf(reference);
      if (known) return [{ name, reference, layers: known }];
      // It was measured before it went into the nodes, and is nowhere else any more.
      if (!(await tools.images.find(reference, task.signal))) {
        unknown.push(name);
        return [];
      }
      const layers = await tools.images.layers(reference, task.signal);
      await tools.sizes.record(name, reference, layers);
      return [{ name, reference, layers }];
    }),
  );
  const report = checkBudget(found.flat(), limitsOf(tools.run));
  if (report.breaches.length > 0) {
    throw new Failure('budget', 'images are larger than their budget; nothing was deployed', {
      details: report.breaches.flatMap((breach) => formatBudgetBreach(breach)),
      hint: 'Make the largest layers smaller, or raise budget or budgetMegabytes in the config.',
    });
  }
  const left = unknown.length === 0 ? '' : `; not in the engine, so not measured: ${unknown.join(', ')}`;
  return `${describeReport(report, limitsOf(tools.run))}${left}`;
}

/** The verdict from recorded sizes alone; undefined when one is not recorded. */
export async function observeBudget({
  run,
  sizes,
}: {
  readonly run: EnvironmentRun;
  readonly sizes: Pick<UpTools['sizes'], 'layersOf'>;
}): Promise<ObservedState['budget']> {
  const images: BudgetImage[] = [];
  for (const [name, { reference }] of run.builds) {
    const layers = await sizes.layersOf(reference);
    if (!layers) return undefined;
    images.push({ name, reference, layers });
  }
  const report = checkBudget(images, limitsOf(run));
  return { withinBudget: report.breaches.length === 0, text: describeReport(report, limitsOf(run)) };
}

function describeReport(report: BudgetReport, limits: BudgetLimits): string {
  return `${formatMegabytes(report.uniqueBytes)} of ${formatMegabytes(limits.totalBytes)} in all`;
}

function limitsOf({ environment }: EnvironmentRun): BudgetLimits {
  const overrides = Object.entries(environment.images).flatMap(([name, image]) =>
    image.budgetMegabytes === undefined ? [] : [[name, image.budgetMegabytes * 1e6] as const],
  );
  return {
    perImageBytes: environment.budget.imageMegabytes * 1e6,
    totalBytes: environment.budget.totalMegabytes * 1e6,
    overrides: Object.fromEntries(overrides),
  };
}
