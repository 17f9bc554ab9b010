// Holds all that an environment installs to the rules of src/policy/, before any of it is installed.

import { Failure } from '../failure.ts';
import { policyRules } from './catalogue.ts';
import { evaluatePolicy, type PolicyReport } from './evaluate.ts';
import { findingLines, summaryText } from './format-report.ts';
import type { Task } from '../task.ts';
import { collectPolicySet, type PolicySource } from './collect-policy-set.ts';

export interface PolicyTools extends PolicySource {
  /** Is told of waivers that waive nothing. */
  readonly note: (text: string) => void;
}

/**
 * A step of `up`: what it did, in a few words. Every finding together is Failure 'policy'. Releases that stay as
 * they are are looked at, too: a rule may be about what one release is to another.
 */
export async function checkPolicies(tools: PolicyTools, task: Task): Promise<string> {
  const report = await judgePolicies(tools, tools.run.environment.policy.thirdParty, task);
  for (const { rule, resource } of report.unused)
    tools.note(`the waiver of ${rule} for ${resource} waives nothing and can be removed`);
  if (report.findings.length === 0) return summaryText(report);
  if (tools.run.environment.policy.onUp === 'report') {
    for (const line of findingLines(report.findings)) tools.note(line);
    return summaryText(report);
  }
  const count = report.findings.length === 1 ? '1 place breaks' : `${report.findings.length} places break`;
  throw new Failure('policy', `${count} the rules for what is installed`, {
    details: findingLines(report.findings),
    hint: 'Correct the named places, or waive a rule with a reason in the config: policy.waivers. `slipway check` shows the same without installing.',
  });
}

/** The rules on everything that the environment renders. */
export async function judgePolicies(
  source: PolicySource,
  thirdParty: 'report' | 'fail',
  task: Task,
): Promise<PolicyReport> {
  const { set, texts } = await collectPolicySet(source, task);
  const { waivers } = source.run.environment.policy;
  return evaluatePolicy(set, { rules: policyRules, waivers, thirdParty, texts });
}
