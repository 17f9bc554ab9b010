import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../../src/config/config-json-schema.ts';
import bundled from '../../../slipway.config.ts';

const validate = new Ajv2020({ strict: false }).compile(configJsonSchema());

test('the bundled config keeps the JSON schema, also with the name of the schema in it', () => {
  const config: unknown = JSON.parse(JSON.stringify({ $schema: './config.schema.json', ...bundled }));
  expect([validate(config), validate.errors]).toEqual([true, null]);
});

test.each([
  ['a key that nobody knows', { defualt: 'todo' }],
  ['an environment without a namespace', { environments: { dev: { releases: {} } } }],
  [
    'a port that is none',
    { environments: { dev: { namespace: 'dev', releases: {}, cluster: { ports: { http: 0 } } } } },
  ],
])('%s does not', (_what, change) => {
  expect(validate({ ...bundled, ...change })).toBe(false);
});
