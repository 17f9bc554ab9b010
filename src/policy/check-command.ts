// `slipway check`: the rules for what is installed, on everything that the charts render. Needs helm, no cluster.

import { policyRules } from './catalogue.ts';
import type { PolicyReport } from './evaluate.ts';
import { findingLines, summaryText, thirdPartyLines, waiverLines } from './format-report.ts';
import { judgePolicies } from './check-policies.ts';
import type { Task } from '../task.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { openSession } from '../cli/wiring/open-session.ts';
import type { OpenPlace } from '../cli/wiring/open-place.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { sessionOptions } from '../cli/session-options.ts';

export const checkSpec: CommandSpec = {
  name: 'check',
  summary:
    'Renders every chart of the environment and holds the result to the rules. Exit code 1: one is broken, or a waiver is of no use.',
  options: {
    ...baseOptions,
    ...sessionOptions,
    'third-party': {
      type: 'text',
      value: '<what>',
      choices: ['report', 'fail'],
      description: "whether findings in addons' charts count (policy.thirdParty of the config)",
    },
    rules: { type: 'flag', description: 'lists the rules and ends' },
  },
  examples: ['slipway check', 'slipway check --third-party fail', 'slipway check --rules'],
};

export async function check(context: CommandContext): Promise<number> {
  if (context.options.flags.has('rules')) return listRules(context);
  await using session = await openSession(context, { engine: 'none' });
  const { place, tools } = session;
  const task: Task = { signal: context.signal, report: () => undefined };
  await ensureHelm(place, task);
  const thirdParty = context.options.texts.get('third-party') as 'report' | 'fail' | undefined;
  const report = await judgePolicies(tools, thirdParty ?? tools.run.environment.policy.thirdParty, task);
  if (context.options.flags.has('json')) printJson(context, report);
  else {
    const parts = [findingLines(report.findings), waiverLines(report), thirdPartyLines(report)];
    for (const lines of parts) if (lines.length > 0) context.print(`${lines.join('\n')}\n`);
    context.print(summaryText(report));
  }
  return report.findings.length + report.unused.length === 0 ? 0 : 1;
}

/** Only helm of all tools: nothing is compiled that is not run. */
async function ensureHelm(place: OpenPlace, task: Task): Promise<void> {
  const { artifact } = await place.tools.helm();
  if (artifact && !(await artifact.isPresent(task.signal))) await artifact.make(task);
}

function listRules({ options, print }: CommandContext): number {
  if (options.flags.has('json')) {
    for (const { name, title, why, remedy } of policyRules)
      print(JSON.stringify({ type: 'rule', name, title, why, remedy }));
  } else {
    print(
      formatTable({ head: ['RULE', 'HOLDS'], rows: policyRules.map(({ name, title }) => [name, title]) }),
    );
  }
  return 0;
}

function printJson({ print }: CommandContext, report: PolicyReport): void {
  for (const finding of report.findings) print(JSON.stringify({ type: 'finding', ...finding }));
  for (const { finding, reason } of report.waived)
    print(JSON.stringify({ type: 'waived', ...finding, reason }));
  for (const waiver of report.unused) print(JSON.stringify({ type: 'unused-waiver', ...waiver }));
  for (const finding of report.thirdParty) print(JSON.stringify({ type: 'third-party', ...finding }));
  print(JSON.stringify({ type: 'summary', ...report.counts, text: summaryText(report) }));
}
