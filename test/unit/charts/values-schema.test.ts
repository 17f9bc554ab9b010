import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const chartFolder = join(import.meta.dirname, '../../../charts');

interface Schema {
  readonly additionalProperties?: boolean | Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly type?: string;
}

/** Paths at which an object takes any key, or defaults and schema name different keys. */
function differences(path: string, values: unknown, schema: Schema): string[] {
  if (schema.properties === undefined || typeof values !== 'object' || values === null) return [];
  const found = schema.additionalProperties === false ? [] : [`${path}: takes unknown keys`];
  for (const [key, value] of Object.entries(values)) {
    const part = schema.properties[key];
    if (part === undefined) found.push(`${path}.${key}: is not in the schema`);
    else found.push(...differences(`${path}.${key}`, value, part));
  }
  return found;
}

describe.each(['service', 'postgres', 'ingress', 'cluster-issuers', 'access', 'network-policies'])(
  'chart %s',
  (chart) => {
    const read = (file: string) => readFile(join(chartFolder, chart, file), 'utf8');

    test('has a schema that knows every default and refuses every other key', async () => {
      const schema = JSON.parse(await read('values.schema.json')) as Schema;
      expect(differences('values', parse(await read('values.yaml')), schema)).toEqual([]);
    });

    test('shows every value of the schema in values.yaml', async () => {
      const schema = JSON.parse(await read('values.schema.json')) as Schema;
      // 'global' is helm's own; 'tls' and its like are shown empty.
      const wanted = Object.keys(schema.properties ?? {}).filter((key) => key !== 'global');
      expect(Object.keys(parse(await read('values.yaml')) as object).sort()).toEqual(wanted.sort());
    });
  },
);
