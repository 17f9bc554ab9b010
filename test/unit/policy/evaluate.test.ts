import { describe, expect, test } from 'vitest';
import { policyRules } from '../../../src/policy/catalogue.ts';
import { evaluatePolicy, type PolicyReport, type Waiver } from '../../../src/policy/evaluate.ts';
import {
  findingLines,
  summaryText,
  thirdPartyLines,
  waiverLines,
} from '../../../src/policy/format-report.ts';
import type { PolicySet } from '../../../src/policy/policy-set.ts';
import { soundEnvironment, withField, withRelease } from './sound-environment.ts';

const texts = new Map([
  [
    'charts/backend/templates/all.yaml',
    'kind: Service\nspec: {}\n---\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  replicas: 0\n',
  ],
  ['charts/backend/Chart.yaml', 'apiVersion: v2\nversion: one\n'],
  ['charts/backend/values.yaml', 'redis:\n  # why\n  password: hunter2\n'],
]);
const noReplicas = withField('Deployment/backend', ['spec', 'replicas'], 0);
const waive = (resource: string, reason = 'it sleeps'): Waiver => ({
  rule: 'replica-count',
  resource,
  reason,
});

function evaluate(
  set: PolicySet,
  options: { waivers?: readonly Waiver[]; thirdParty?: 'report' | 'fail' } = {},
): PolicyReport {
  return evaluatePolicy(set, { rules: policyRules, waivers: [], thirdParty: 'report', texts, ...options });
}

describe('a finding', () => {
  test('has its place in the template, its rule, why and remedy', () => {
    const { findings } = evaluate(noReplicas);
    expect(findings).toMatchObject([
      {
        rule: 'replica-count',
        file: 'charts/backend/templates/all.yaml',
        line: 8,
        resource: 'todo/Deployment/backend',
        what: 'replicas is 0',
      },
    ]);
    expect(findingLines(findings)).toEqual([
      'charts/backend/templates/all.yaml:8  replica-count',
      '  todo/Deployment/backend: replicas is 0',
      expect.stringMatching(/^ {2}why: .*seed 001/),
      '  remedy: Set replicas to 1 or more.',
    ]);
  });

  test('in Chart.yaml and values.yaml has a line there, in the values of the config its path', () => {
    const set = withRelease({
      chart: { version: 'one' },
      defaults: { redis: { password: 'hunter2' } },
      values: { env: [{ name: 'TOKEN', value: 'abc' }] },
    });
    expect(evaluate(set).findings.map(({ file, line, resource }) => [file, line, resource])).toEqual([
      ['charts/backend/Chart.yaml', 2, 'Chart/backend'],
      ['charts/backend/values.yaml', 3, 'Chart/backend'],
      ['environments.todo.releases.backend.values.env[0].value', undefined, 'todo/Release/backend'],
    ]);
  });

  test('that several releases share is explained once', () => {
    const [finding] = evaluate(noReplicas).findings;
    const other = { ...finding!, resource: 'todo/Deployment/frontend' };
    expect(findingLines([finding!, other])).toHaveLength(5);
  });
});

describe('a waiver', () => {
  test.each(['Deployment/backend', 'todo/Deployment/backend'])(
    'for %s takes the finding out and is listed',
    (resource) => {
      const report = evaluate(noReplicas, { waivers: [waive(resource)] });
      expect(report).toMatchObject({ findings: [], unused: [] });
      expect(waiverLines(report)).toEqual([
        'Waived:',
        '  charts/backend/templates/all.yaml:8  replica-count  todo/Deployment/backend: it sleeps',
      ]);
      expect(summaryText(report)).toMatch(/: no findings, 1 waived$/);
    },
  );

  test.each(['other/Deployment/backend', 'StatefulSet/backend', 'Deployment/back'])(
    'for %s waives nothing, and that is said',
    (resource) => {
      const report = evaluate(noReplicas, { waivers: [waive(resource)] });
      expect(report.findings).toHaveLength(1);
      expect(waiverLines(report)).toEqual([
        'Waivers that waive nothing, to be removed:',
        `  replica-count  ${resource}`,
      ]);
    },
  );

  test('is for its rule only', () => {
    const report = evaluate(noReplicas, { waivers: [{ ...waive('Deployment/backend'), rule: 'image-tag' }] });
    expect(report.findings).toHaveLength(1);
    expect(report.unused).toHaveLength(1);
  });
});

describe('third-party charts', () => {
  const theirs = withField('ClusterRole/ingress-nginx', ['rules', 0, 'verbs'], ['*']);

  test('are reported by rule and do not count', () => {
    const report = evaluate(theirs);
    expect(report.findings).toEqual([]);
    expect(thirdPartyLines(report).slice(1)).toEqual(['  ingress-nginx: no-wildcards 1']);
    expect(summaryText(report)).toMatch(/: no findings, 1 in third-party charts$/);
  });

  test('count when that is asked for', () => {
    const report = evaluate(theirs, { thirdParty: 'fail' });
    expect(report.findings.map(({ rule }) => rule)).toEqual(['no-wildcards']);
    expect(thirdPartyLines(report)).toEqual([]);
  });

  test('have their values looked at, by the path in the config', () => {
    const set = soundEnvironment();
    const releases = set.releases.map((release) => ({ ...release, values: { password: 'hunter2' } }));
    const report = evaluate({ ...set, releases }, { thirdParty: 'fail' });
    expect(report.findings.map(({ file }) => file)).toEqual([
      'environments.todo.addons.ingress-nginx.values.password',
      'environments.todo.releases.backend.values.password',
    ]);
  });

  test('can be waived', () => {
    const waivers = [
      { rule: 'no-wildcards', resource: 'ClusterRole/ingress-nginx', reason: 'upstream' },
    ] as const;
    expect(evaluate(theirs, { waivers })).toMatchObject({ thirdParty: [], waived: [{ reason: 'upstream' }] });
  });
});

test('a sound environment has nothing to say', () => {
  const report = evaluate(soundEnvironment());
  expect([...findingLines(report.findings), ...waiverLines(report), ...thirdPartyLines(report)]).toEqual([]);
  expect(summaryText(report)).toBe('52 rules, 16 objects of 2 releases: no findings');
});
