import fc from 'fast-check';
import { expect, test } from 'vitest';
import { policyRules } from '../../../src/policy/catalogue.ts';
import { evaluatePolicy } from '../../../src/policy/evaluate.ts';
import type { FieldPath } from '../../../src/policy/fields.ts';
import type { PolicyObject, PolicySet } from '../../../src/policy/policy-set.ts';
import { soundEnvironment } from './sound-environment.ts';

const sound = soundEnvironment();
const anything = fc.oneof(
  fc.constantFrom(null, undefined, '', '*', 0, -1, 1e21, Number.NaN, true, [], {}, [null], { '': null }),
  fc.constantFrom({ toString: 1, valueOf: 1 }, { __proto__: null, constructor: { name: 1 } }, '__proto__'),
  fc.jsonValue({ maxDepth: 4 }),
);

/** Every place in a value: its path from the root. */
function placesOf(value: unknown, path: FieldPath = []): FieldPath[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    path,
    ...keys.flatMap((key) => placesOf((value as Record<string | number, unknown>)[key], [...path, key])),
  ];
}

function replaced(value: unknown, [step, ...rest]: FieldPath, by: unknown): unknown {
  if (step === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[step] = replaced(copy[step], rest, by);
  return copy;
}

/** The sound environment with anything at some place of some objects: near enough to reach the depths of rules. */
const damaged = fc
  .array(
    fc.nat(sound.objects.length - 1).chain((index) =>
      fc.record({
        index: fc.constant(index),
        path: fc.constantFrom(...placesOf(sound.objects[index]!.body)),
        by: anything,
      }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((damages): PolicySet => {
    const objects: PolicyObject[] = [...sound.objects];
    for (const { index, path, by } of damages) {
      const object = objects[index]!;
      // A later damage may lie below an earlier one.
      const isThere = placesOf(object.body).some((place) => place.join('\0') === path.join('\0'));
      if (isThere) objects[index] = { ...object, body: replaced(object.body, path, by) };
    }
    return { ...sound, objects };
  });

/** Findings that are not of the type that they should be. */
function oddFindings(set: PolicySet): unknown[] {
  const report = evaluatePolicy(set, {
    rules: policyRules,
    waivers: [],
    thirdParty: 'fail',
    texts: new Map([['charts/backend/templates/all.yaml', 'kind: {{ .x }}\nspec:\n  - a: [']]),
  });
  const texts = ['rule', 'file', 'resource', 'release', 'what', 'why', 'remedy'] as const;
  return report.findings.filter(
    (finding) =>
      texts.some((field) => typeof finding[field] !== 'string') || !Number.isInteger(finding.line ?? 1),
  );
}

test('rules give findings and never throw, whatever stands in any place of the objects', () => {
  fc.assert(
    fc.property(damaged, (set) => {
      expect(oddFindings(set)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('rules give findings and never throw on objects that are anything at all', () => {
  const kinds = ['Pod', 'Deployment', 'Service', 'Ingress', 'NetworkPolicy', 'Role', 'Secret', 'Component'];
  const objects = fc.array(fc.record({ kind: fc.constantFrom(...kinds, 'toString'), body: anything }));
  fc.assert(
    fc.property(objects, (list) => {
      expect(
        oddFindings({
          ...sound,
          objects: list.map(({ kind, body }, index) => ({
            ...{ release: sound.releases[0]!, kind, name: `n${index}`, namespace: 'todo' },
            ...{ body, template: undefined },
          })),
        }),
      ).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('values of releases may be anything', () => {
  fc.assert(
    fc.property(anything, anything, anything, (values, defaults, chart) => {
      const release = { ...sound.releases[0]!, values, defaults, chart };
      const report = evaluatePolicy(
        { ...sound, releases: [release] },
        { rules: policyRules, waivers: [], thirdParty: 'report', texts: new Map() },
      );
      for (const { what } of report.findings) expect(what).toEqual(expect.any(String));
      expect(report.counts.releases).toBe(1);
    }),
    { numRuns: 200 },
  );
});
