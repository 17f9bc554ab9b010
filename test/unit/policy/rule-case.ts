// A rule with environments that break it and ones that keep it.

import type { PolicySet } from '../../../src/policy/policy-set.ts';
import type { RuleName } from '../../../src/policy/rule-names.ts';

export interface RuleCase {
  readonly rule: RuleName;
  /** An environment with one fault, part of what is said of it, and which other rules it also breaks. */
  readonly breaks: readonly (readonly [PolicySet, string, (readonly RuleName[])?])[];
  /** Besides the sound environment. */
  readonly keeps: readonly PolicySet[];
}
