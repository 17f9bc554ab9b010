// Pure: all rules on a set: what they find, where it stands, and what of it is waived.

import { valueAt } from './fields.ts';
import { locateField } from './locate-field.ts';
import type { Breach, PolicySet, Rule } from './policy-set.ts';
import type { RuleName } from './rule-names.ts';

/** As the config has it. */
export interface Waiver {
  readonly rule: RuleName;
  /** '<kind>/<name>' or '<namespace>/<kind>/<name>'. */
  readonly resource: string;
  readonly reason: string;
}

export interface Finding {
  readonly rule: RuleName;
  /** 'charts/service/templates/deployment.yaml', or a path in the config for values that it gives. */
  readonly file: string;
  /** From 1; undefined where the file is the config. */
  readonly line: number | undefined;
  /** 'todo/Deployment/backend', as waivers name it; 'todo/Release/backend', 'Chart/service'. */
  readonly resource: string;
  /** Name of the release. */
  readonly release: string;
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

export interface PolicyReport {
  /** What has to be corrected. */
  readonly findings: readonly Finding[];
  readonly waived: readonly { readonly finding: Finding; readonly reason: string }[];
  /** Those of third-party charts, where they are only reported. */
  readonly thirdParty: readonly Finding[];
  /** Waivers that waived nothing. */
  readonly unused: readonly Waiver[];
  readonly counts: { readonly rules: number; readonly objects: number; readonly releases: number };
}

export interface PolicyOptions {
  readonly rules: readonly Rule[];
  readonly waivers: readonly Waiver[];
  /** 'fail': third-party charts are held to the rules as all others are. */
  readonly thirdParty: 'report' | 'fail';
  /** Texts of templates, Chart.yaml and values.yaml, by the names that findings give them. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Each thing that breaks a rule once, by file and line. */
export function evaluatePolicy(set: PolicySet, options: PolicyOptions): PolicyReport {
  const all = options.rules.flatMap((rule) =>
    rule.check(set).map((breach) => ({
      isThirdParty: releaseOf(breach).origin === 'third-party',
      finding: makeFinding(rule, breach, set.environment, options.texts),
    })),
  );
  all.sort((first, second) => compareFindings(first.finding, second.finding));
  const findings: Finding[] = [];
  const waived: PolicyReport['waived'][number][] = [];
  const thirdParty: Finding[] = [];
  const used = new Set<Waiver>();
  for (const { finding, isThirdParty } of all) {
    const fitting = options.waivers.filter((waiver) => waives(waiver, finding));
    for (const waiver of fitting) used.add(waiver);
    const [first] = fitting;
    if (first !== undefined) waived.push({ finding, reason: first.reason });
    else if (isThirdParty && options.thirdParty === 'report') thirdParty.push(finding);
    else findings.push(finding);
  }
  return {
    findings,
    waived,
    thirdParty,
    unused: options.waivers.filter((waiver) => !used.has(waiver)),
    counts: {
      rules: options.rules.length,
      objects: set.objects.length,
      releases: set.releases.length,
    },
  };
}

function makeFinding(
  rule: Rule,
  breach: Breach,
  environment: string,
  texts: ReadonlyMap<string, string>,
): Finding {
  const { name, why, remedy } = rule;
  return {
    rule: name,
    ...placeOf(breach, environment, texts),
    resource: resourceOf(breach),
    release: releaseOf(breach).name,
    what: breach.what,
    why,
    remedy,
  };
}

function placeOf(
  breach: Breach,
  environment: string,
  texts: ReadonlyMap<string, string>,
): { file: string; line: number | undefined } {
  const { chartPath, name } = releaseOf(breach);
  const { path } = breach;
  if ('object' in breach) {
    const { kind, template, body } = breach.object;
    const file = template === undefined ? chartPath : `${chartPath}/${template}`;
    return { file, line: locateField(texts.get(file) ?? '', { kind, name: breach.object.name, body, path }) };
  }
  if (breach.part === 'values') {
    const list = breach.release.origin === 'third-party' ? 'addons' : 'releases';
    const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    return { file: `environments.${environment}.${list}.${name}.values${steps.join('')}`, line: undefined };
  }
  const file = `${chartPath}/${breach.part}`;
  const data = breach.part === 'Chart.yaml' ? breach.release.chart : breach.release.defaults;
  return { file, line: locateField(texts.get(file) ?? '', { body: valueAt(data), path }) };
}

function resourceOf(breach: Breach): string {
  if ('object' in breach) {
    const { namespace, kind, name } = breach.object;
    return [...(namespace === undefined ? [] : [namespace]), kind, name].join('/');
  }
  const { release, part } = breach;
  return part === 'values'
    ? `${release.namespace}/Release/${release.name}`
    : `Chart/${release.chartPath.split('/').at(-1)}`;
}

function releaseOf(breach: Breach): PolicySet['releases'][number] {
  return 'object' in breach ? breach.object.release : breach.release;
}

function waives(waiver: Waiver, finding: Finding): boolean {
  const parts = finding.resource.split('/');
  return (
    waiver.rule === finding.rule && [finding.resource, parts.slice(-2).join('/')].includes(waiver.resource)
  );
}

function compareFindings(first: Finding, second: Finding): number {
  return (
    compare(first.file, second.file) ||
    (first.line ?? 0) - (second.line ?? 0) ||
    compare(first.rule, second.rule) ||
    compare(first.resource, second.resource)
  );
}

function compare(first: string, second: string): number {
  return first < second ? -1 : first > second ? 1 : 0;
}
