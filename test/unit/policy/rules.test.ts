import { describe, expect, test } from 'vitest';
import { policyRules } from '../../../src/policy/catalogue.ts';
import { ruleNames } from '../../../src/policy/rule-names.ts';
import type { PolicySet } from '../../../src/policy/policy-set.ts';
import { objectRuleCases } from './object-rule-cases.ts';
import { podRuleCases } from './pod-rule-cases.ts';
import { soundEnvironment } from './sound-environment.ts';
import { trustRuleCases } from './trust-rule-cases.ts';

const cases = [...podRuleCases, ...objectRuleCases, ...trustRuleCases];

function brokenBy(set: PolicySet): Record<string, string[]> {
  const found = policyRules.map((rule) => [rule.name, rule.check(set).map(({ what }) => what)] as const);
  return Object.fromEntries(found.filter(([, whats]) => whats.length > 0));
}

test('every rule has an environment that breaks it, and the catalogue has just the named rules', () => {
  const tested = cases.filter(({ breaks }) => breaks.length > 0).map(({ rule }) => rule);
  expect([...tested].sort()).toEqual([...ruleNames].sort());
  expect(policyRules.map(({ name }) => name)).toEqual([...ruleNames]);
});

test('every rule says what must hold, why with its source, and what to do', () => {
  for (const { name, title, why, remedy } of policyRules) {
    expect({ name, title }).toMatchObject({ title: expect.stringMatching(/^[A-Za-z].*[^.]$/) });
    expect({ name, why }).toMatchObject({
      why: expect.stringMatching(/^([A-Z]|helm ).*(seed 00\d|https:\/\/).*\.$/),
    });
    expect({ name, remedy }).toMatchObject({ remedy: expect.stringMatching(/^[A-Z].*\.$/) });
  }
});

test('a sound environment keeps them all', () => {
  expect(brokenBy(soundEnvironment())).toEqual({});
});

describe.each(cases)('$rule', ({ rule, breaks, keeps }) => {
  test.each(breaks.map(([set, what, also = []]) => ({ set, what, also })))(
    'is broken: $what',
    ({ set, what, also }) => {
      const broken = brokenBy(set);
      expect(broken[rule]?.join('; ')).toContain(what);
      // A fault that one rule is for is not called by many names.
      const others = Object.keys(broken).filter((name) => name !== rule);
      expect(others).toEqual(others.filter((name) => (also as readonly string[]).includes(name)));
    },
  );

  test('is kept', () => {
    for (const set of [soundEnvironment(), ...keeps]) expect(brokenBy(set)[rule]).toBeUndefined();
  });
});
