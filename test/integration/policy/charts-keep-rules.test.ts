import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addonCatalog } from '../../../src/addons/addon-catalog.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { configSchema, type Environment } from '../../../src/config/schema.ts';
import type { PolicyReport } from '../../../src/policy/evaluate.ts';
import type { FieldPath } from '../../../src/policy/fields.ts';
import { locateField } from '../../../src/policy/locate-field.ts';
import { findingLines } from '../../../src/policy/format-report.ts';
import { checkPolicies, judgePolicies } from '../../../src/policy/check-policies.ts';
import { collectPolicySet, type PolicySource } from '../../../src/policy/collect-policy-set.ts';
import { describeForRendering, openRenderer, type Renderer } from '../../support/render-only.ts';

const projectFolder = join(import.meta.dirname, '../../..');
const faultyFolder = join(import.meta.dirname, 'faulty');
const { signal } = new AbortController();
const task = { signal, report: (): void => {} };

let renderer: Renderer;
beforeAll(async () => {
  renderer = await openRenderer(signal);
});

function faultyEnvironment(policy: object = {}): Environment {
  return configSchema.parse({
    default: 'shop',
    environments: {
      shop: { namespace: 'shop', hosts: ['shop.local'], policy, releases: { shop: { chart: 'chart' } } },
    },
  }).environments['shop']!;
}

const describeFaulty = (policy: object = {}): Promise<PolicySource> =>
  describeForRendering(renderer, {
    ...{ name: 'shop', environment: faultyEnvironment(policy), projectFolder: faultyFolder, signal },
  });

describe('the bundled environment', () => {
  let source: PolicySource;
  beforeAll(async () => {
    const configFile = join(projectFolder, 'slipway.config.ts');
    const config = await loadConfig({ configFile, addons: [...addonCatalog.keys()] });
    const environment = config.environments['todo']!;
    source = await describeForRendering(renderer, { name: 'todo', environment, projectFolder, signal });
  });

  test('keeps every rule, and each of its waivers is of use', async () => {
    const report = await judgePolicies(source, 'report', task);
    expect(findingLines(report.findings)).toEqual([]);
    expect(report.unused).toEqual([]);
    expect(report.counts).toMatchObject({ rules: 52, releases: source.run.releases.size });
  });

  test('has every field of its own charts on a line that leads to it', async () => {
    const { set, texts } = await collectPolicySet(source, task);
    const ours = set.objects.filter(({ release }) => release.origin === 'application');
    const lines = ours.flatMap(({ release, template, kind, name, body }) => {
      const text = texts.get(`${release.chartPath}/${template}`)!;
      return leavesOf(body).map((path) => {
        const line = text.split('\n')[locateField(text, { kind, name, body, path }) - 1]!;
        const keys = path.filter((step) => typeof step === 'string');
        return { line: line.trim(), path: [kind, name, ...path].join('.'), keys };
      });
    });
    const holds = (line: string, key: string): boolean => line.includes(`${key}:`);
    const astray = lines.filter(
      ({ line, keys }) => !keys.some((key) => holds(line, key)) && !line.startsWith('- '),
    );
    expect(astray).toEqual([]);
    const exact = lines.filter(({ line, keys }) => holds(line, keys.at(-1)!));
    // The rest is rendered by what other files define: labels, values as a whole.
    expect(exact.length / lines.length).toBeGreaterThan(0.55);
  });
});

describe('a chart with ten planted faults', () => {
  let report: PolicyReport;
  beforeAll(async () => {
    report = await judgePolicies(await describeFaulty(), 'report', task);
  });

  test('has just these found, each on its line', async () => {
    const planted = await plantedFaults();
    expect(planted).toHaveLength(10);
    expect(report.findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toEqual(planted);
  });

  test('does not get to be installed', async () => {
    const source = await describeFaulty();
    const failure = checkPolicies({ ...source, note: () => {} }, task);
    await expect(failure).rejects.toMatchObject({
      code: 'policy',
      message: '10 places break the rules for what is installed',
      details: expect.arrayContaining(['  shop/Ingress/shop: the class is traefik']),
      hint: expect.stringContaining('policy.waivers'),
    });
  });

  test('gets there when every finding is waived with a reason; a waiver without use is told of', async () => {
    const waivers = [
      ...report.findings.map(({ rule, resource }) => ({ rule, resource, reason: 'planted' })),
      { rule: 'image-tag', resource: 'Deployment/gone', reason: 'once' },
    ];
    const notes: string[] = [];
    const source = await describeFaulty({ waivers });
    const summary = await checkPolicies({ ...source, note: (text) => void notes.push(text) }, task);
    expect(summary).toMatch(/: no findings, 10 waived, 1 waiver without use$/);
    expect(notes).toEqual(['the waiver of image-tag for Deployment/gone waives nothing and can be removed']);
  });
});

/** '<file>:<line> <rule>' for each mark in the templates, as findings are sorted. */
async function plantedFaults(): Promise<string[]> {
  const folder = join(faultyFolder, 'chart/templates');
  const files = (await readdir(folder)).sort();
  const faults = files.map(async (file) => {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    return lines.flatMap((line, index) => {
      const rule = /# fault: ([\w-]+)$/.exec(line)?.[1];
      return rule === undefined ? [] : [`chart/templates/${file}:${index + 1} ${rule}`];
    });
  });
  return (await Promise.all(faults)).flat();
}

function leavesOf(value: unknown, path: FieldPath = []): FieldPath[] {
  if (typeof value !== 'object' || value === null) return [path];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) =>
    leavesOf((value as Record<string | number, unknown>)[step], [...path, step]),
  );
}
