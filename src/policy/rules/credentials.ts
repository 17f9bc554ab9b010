// Pure: that no credential stands where everybody can read it.

import { credentialIn } from '../credential-words.ts';
import { entriesAt, isMap, listAt, textAt, textsAt, valueAt, type FieldPath } from '../fields.ts';
import { ofKind, type Breach, type PolicyRelease, type PolicySet, type Rule } from '../policy-set.ts';
import { containersOf, inContainer, podsOf } from '../pods.ts';

export const noPlainCredentials: Rule = {
  name: 'no-plain-credentials',
  title: 'credentials come out of Secrets, never in plain text',
  why: 'Environment variables, ConfigMaps, arguments and values are readable by whoever sees the object, and mostly lie in git (seed 001, Validation Summary: all credentials in Secrets, never plain text).',
  remedy: 'Declare it under `secrets` in the config and refer to it by secretKeyRef.',
  check: (set) => {
    const known = new Set([
      ...set.secrets.flatMap(({ name, keys }) => [name, ...keys]),
      ...set.objects.filter(({ kind }) => kind === 'Secret').map(({ name }) => name),
    ]);
    return [
      ...inContainers(set, known),
      ...ofKind(set, 'ConfigMap').flatMap((object) =>
        entriesAt(object.body, 'data').flatMap(([key, value]): Breach[] => {
          const found = credentialIn(key, value, known);
          return found === undefined ? [] : [{ object, path: ['data', key], what: `${key} holds ${found}` }];
        }),
      ),
      ...podsOf(set).flatMap(({ object, path, annotations }) =>
        [...annotations].flatMap(([key, value]): Breach[] => {
          // Names of annotations are full of words like secret; only what the value itself shows counts.
          const found = credentialIn('', value, known);
          const at = [...path.slice(0, -1), 'metadata', 'annotations', key];
          return found === undefined ? [] : [{ object, path: at, what: `${key} holds ${found}` }];
        }),
      ),
      ...set.releases.flatMap((release) =>
        release.origin === 'third-party'
          ? inValues(release, 'values', known)
          : [...inValues(release, 'values', known), ...inValues(release, 'values.yaml', known)],
      ),
    ];
  },
};

export const daprCredentials: Rule = {
  name: 'dapr-credentials',
  title: 'credentials of Dapr components come by secretKeyRef',
  why: 'Components are readable by every pod that may read them (seed 001, Dapr Component: all credentials via secretKeyRef, never plain text).',
  remedy:
    'Replace value by secretKeyRef with name and key of a Secret, and set auth.secretStore: kubernetes.',
  check: (set) =>
    ofKind(set, 'Component').flatMap((object) =>
      listAt(object.body, 'spec', 'metadata').flatMap((item, index): Breach[] => {
        const name = textAt(item, 'name') ?? '';
        const found = credentialIn(name, valueAt(item, 'value'), new Set());
        const path = ['spec', 'metadata', index, 'value'];
        return found === undefined ? [] : [{ object, path, what: `${name} holds ${found}` }];
      }),
    ),
};

function inContainers(set: PolicySet, known: ReadonlySet<string>): Breach[] {
  return containersOf(set).flatMap((container) => [
    ...listAt(container.body, 'env').flatMap((variable, index): Breach[] => {
      const name = textAt(variable, 'name') ?? '';
      const found = credentialIn(name, valueAt(variable, 'value'), known);
      return found === undefined
        ? []
        : [
            {
              ...inContainer(container, 'env', index, 'value'),
              what: `${container.name}: ${name} holds ${found}`,
            },
          ];
    }),
    ...(['command', 'args'] as const).flatMap((field) =>
      textsAt(container.body, field).flatMap((text, index): Breach[] => {
        const [, name = '', value = text] = /^--?([A-Za-z][\w-]*)=(.*)$/s.exec(text) ?? [];
        const found = credentialIn(name, value, known);
        return found === undefined
          ? []
          : [
              {
                ...inContainer(container, field, index),
                what: `${container.name}: ${name || 'an argument'} holds ${found}`,
              },
            ];
      }),
    ),
  ]);
}

function inValues(
  release: PolicyRelease,
  part: 'values' | 'values.yaml',
  known: ReadonlySet<string>,
): Breach[] {
  const breaches: Breach[] = [];
  const walk = (value: unknown, path: FieldPath): void => {
    if (path.length > 32) return;
    if (Array.isArray(value)) return void value.forEach((item, index) => walk(item, [...path, index]));
    if (isMap(value)) {
      const named = textAt(value, 'name');
      // {name: PASSWORD, value: …}, as in lists of variables.
      if (named !== undefined && 'value' in value) {
        add(credentialIn(named, value['value'], known), [...path, 'value'], named);
      }
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
      return;
    }
    const name = path.findLast((step) => typeof step === 'string') ?? '';
    add(credentialIn(String(name), value, known), path, String(name));
  };
  const add = (found: string | undefined, path: FieldPath, name: string): void => {
    if (found !== undefined) breaches.push({ release, part, path, what: `${name} holds ${found}` });
  };
  walk(part === 'values' ? release.values : release.defaults, []);
  return breaches;
}
