// Pure: what the rules found, as lines for people.

import type { Finding, PolicyReport } from './evaluate.ts';

/** Findings by place and rule: where, what, why, and what to do. */
export function findingLines(findings: readonly Finding[]): string[] {
  const groups = Map.groupBy(findings, (finding) => `${placeText(finding)}  ${finding.rule}`);
  return [...groups].flatMap(([heading, group]) => [
    heading,
    ...group.map(({ resource, what }) => `  ${resource}: ${what}`),
    `  why: ${group[0]!.why}`,
    `  remedy: ${group[0]!.remedy}`,
  ]);
}

/** 'charts/service/templates/deployment.yaml:31' */
export function placeText({ file, line }: Finding): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** What is waived, with its reason, and waivers that waive nothing. */
export function waiverLines({ waived, unused }: PolicyReport): string[] {
  const waivedLines = waived.map(
    ({ finding, reason }) => `  ${placeText(finding)}  ${finding.rule}  ${finding.resource}: ${reason}`,
  );
  const unusedLines = unused.map(({ rule, resource }) => `  ${rule}  ${resource}`);
  return [
    ...(waivedLines.length > 0 ? ['Waived:', ...waivedLines] : []),
    ...(unusedLines.length > 0 ? ['Waivers that waive nothing, to be removed:', ...unusedLines] : []),
  ];
}

/** For each third-party chart how often it breaks which rule. */
export function thirdPartyLines({ thirdParty }: PolicyReport): string[] {
  const lines = [...Map.groupBy(thirdParty, ({ release }) => release)].map(([release, findings]) => {
    const counts = [...Map.groupBy(findings, ({ rule }) => rule)]
      .map(([rule, group]) => ({ rule, count: group.length }))
      .sort((first, second) => second.count - first.count);
    return `  ${release}: ${counts.map(({ rule, count }) => `${rule} ${count}`).join(', ')}`;
  });
  return lines.length === 0
    ? []
    : ['Third-party charts, only reported (--third-party fail counts them):', ...lines];
}

/** '52 rules, 61 objects of 9 releases: 1 finding, 2 waived, 40 in third-party charts' */
export function summaryText({ findings, waived, thirdParty, unused, counts }: PolicyReport): string {
  const { rules, objects, releases } = counts;
  const found = findings.length === 0 ? 'no findings' : count(findings.length, 'finding');
  return [
    `${count(rules, 'rule')}, ${count(objects, 'object')} of ${count(releases, 'release')}: ${found}`,
    ...(waived.length > 0 ? [`${waived.length} waived`] : []),
    ...(unused.length > 0 ? [`${count(unused.length, 'waiver')} without use`] : []),
    ...(thirdParty.length > 0 ? [`${thirdParty.length} in third-party charts`] : []),
  ].join(', ');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
