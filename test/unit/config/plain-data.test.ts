import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig, selectEnvironment } from '../../../src/config/load-config.ts';
import { thrownText, toPlainData } from '../../../src/config/plain-data.ts';
import { readConfigModule } from '../../../src/config/read-config-module.ts';
import { validateConfig } from '../../../src/config/validate.ts';
import { readFreshConfig } from '../../../src/config/read-config-afresh.ts';
import { caseCount } from '../../support/case-count.ts';
import { failureOf } from '../../support/failure-of.ts';

const configWith = (value: unknown, more: object = {}) => ({
  default: 'demo',
  environments: {
    demo: { namespace: 'demo', releases: { web: { chart: 'charts/web', values: { port: value } } }, ...more },
  },
});
const at = 'environments.demo.releases.web.values.port';
const problemsOf = (input: unknown) =>
  validateConfig(input, ['ingress-nginx']).problems.map((problem) => `${problem.path}: ${problem.message}`);

class Port {
  number = 80;
}
const circle: { inner?: unknown } = {};
circle.inner = { list: [circle] };
const throwing = {
  get port(): number {
    throw JSON.parse('null');
  },
};
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

describe('values that JSON has no words for are problems with their path', () => {
  test.each<[string, unknown, string]>([
    ['a BigInt', 8080n, `${at}: is a BigInt: write it as a number or as text`],
    ['NaN', Number.NaN, `${at}: is NaN, which JSON has no word for`],
    ['Infinity', -Infinity, `${at}: is -Infinity, which JSON has no word for`],
    ['a Map', new Map([['a', 1]]), `${at}: is of the class Map: write plain data`],
    ['a Set', new Set([1]), `${at}: is of the class Set: write plain data`],
    ['a Date', new Date(0), `${at}: is of the class Date: write plain data`],
    ['an invalid Date', new Date(Number.NaN), `${at}: is of the class Date: write plain data`],
    ['a regular expression', /x/, `${at}: is of the class RegExp: write plain data`],
    ['an instance of a class', new Port(), `${at}: is of the class Port: write plain data`],
    ['a typed array', new Uint8Array(2), `${at}: is of the class Uint8Array: write plain data`],
    ['a boxed number', Object(5), `${at}: is of the class Number: write plain data`],
    ['a function', () => 80, `${at}: is a function, and a config is data`],
    ['a class', Port, `${at}: is a function, and a config is data`],
    ['a symbol', Symbol('x'), `${at}: is a symbol, and a config is data`],
    ['a method toJSON', { toJSON: () => 80 }, `${at}.toJSON: is a function, and a config is data`],
    ['undefined in a list', [1, undefined], `${at}[1]: is undefined`],
    // eslint-disable-next-line no-sparse-arrays
    ['a hole in a list', [1, , 3], `${at}[1]: is a hole in the list`],
    [
      'a list with a name',
      Object.assign([1], { extra: 2 }),
      `${at}.extra: stands on a list, which has only elements`,
    ],
    ['a key that is a symbol', { [Symbol('s')]: 1 }, `${at}[Symbol(s)]: is named by a symbol`],
    ['a circle', circle, `${at}.inner.list[0]: holds itself, in a circle`],
    ['a getter that throws', throwing, `${at}.port: cannot be read: null was thrown`],
    [
      'a proxy that was revoked',
      revoked,
      `${at}: cannot be read: Cannot perform 'IsArray' on a proxy that has been revoked`,
    ],
    [
      'a proxy whose traps throw',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no keys');
          },
        },
      ),
      `${at}: cannot be read: no keys`,
    ],
    [
      'a promise',
      Promise.resolve(1),
      `${at}: is a promise: write \`export default await …\`, or await it where it is made`,
    ],
    [
      'what it inherits',
      Object.create({ port: 80 }),
      `${at}: inherits from another object, and what it inherits would be lost: copy it with { ...it }`,
    ],
    [
      'what a literal __proto__ gives it',
      { __proto__: { port: 80 } },
      `${at}: inherits from another object, and what it inherits would be lost: copy it with { ...it }`,
    ],
    [
      'a name __proto__',
      JSON.parse('{"__proto__": {"port": 80}}'),
      `${at}.__proto__: is a name that JavaScript has taken`,
    ],
    ['half a character', 'a\ud800', `${at}: holds half of a character (a lone surrogate)`],
  ])('%s', (_title, value, expected) => {
    expect(problemsOf(configWith(value))).toEqual([expected]);
  });

  test('a circle by way of several levels and one that is only deep are told, and end nothing', () => {
    const deep = Array.from({ length: 20_000 }).reduce((inner: unknown) => ({ a: inner }), 1);
    expect(problemsOf(configWith(deep))).toEqual([expect.stringMatching(/: lies deeper than 100 levels$/)]);
  });

  test('all of them are told at once, with what else is wrong', () => {
    const input = configWith([1n, Number.NaN, { a: undefined }], { namespace: 'NO' });
    expect(problemsOf(input)).toEqual([
      `${at}[0]: is a BigInt: write it as a number or as text`,
      `${at}[1]: is NaN, which JSON has no word for`,
      'environments.demo.namespace: must be lowercase letters, digits and hyphens',
    ]);
  });

  test.each([
    ['the whole', new Map(), 'default export: is of the class Map: write plain data'],
    ['a function', () => ({}), 'default export: is a function, and a config is data'],
    [
      'a promise',
      Promise.resolve({}),
      'default export: is a promise: write `export default await …`, or await it where it is made',
    ],
  ])('%s', (_title, value, expected) => {
    expect(problemsOf(value)).toContain(expected);
  });

  test('what is one object at two places is data, and so is a property that is undefined: it is absent', () => {
    const shared = { a: 1 };
    const { config, problems } = validateConfig(configWith({ b: shared, c: shared, d: undefined }), []);
    expect(problems).toEqual([]);
    expect(config?.environments['demo']?.releases['web']?.values).toEqual({
      port: { b: { a: 1 }, c: { a: 1 } },
    });
  });

  test('what is taken is what JSON would hand on, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withSparseArray: true,
        }),
        (value) => {
          const { data, problems } = toPlainData(value);
          if (problems.length === 0)
            expect(JSON.parse(JSON.stringify(data))).toEqual(JSON.parse(JSON.stringify(value)));
          else expect(problems.every(({ path, message }) => path !== '' && message !== '')).toBe(true);
        },
      ),
      { numRuns: caseCount() },
    );
  });
});

describe('names that every object has are names as others', () => {
  const names = ['constructor', 'tostring', 'valueof', 'hasownproperty', 'prototype'];
  test.each(names)('%s as release, image, secret, key and environment', (name) => {
    const environment = {
      namespace: name,
      secrets: { [name]: { keys: { [name]: { template: 'x' }, toString: { fromEnv: 'toString' } } } },
      images: { [name]: { dockerfile: 'Dockerfile', context: '.' } },
      releases: { [name]: { chart: 'c', images: { [name]: name }, secrets: [name] } },
    };
    expect(problemsOf({ default: name, environments: { [name]: environment } })).toEqual([]);
  });

  test.each(['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'])(
    'where nothing is called %s, nothing is found by it',
    async (name) => {
      const { config } = validateConfig(configWith(1), []);
      expect(() => selectEnvironment(config!, name)).toThrow(`there is no environment '${name}'`);
      const input = configWith(1, {
        releases: { web: { chart: 'c', needs: [name], secrets: [name], images: { a: name } } },
        secrets: { s: { keys: { k: { template: `{{${name}}}` } } } },
      });
      expect(problemsOf({ ...input, default: name })).toEqual(
        expect.arrayContaining([
          expect.stringContaining(`'${name}' is neither a release nor`),
          expect.stringContaining(`there is no secret '${name}'`),
          expect.stringContaining(`there is no image '${name}'`),
          expect.stringContaining(`'{{${name}}}' names no plain key`),
        ]),
      );
    },
  );
});

describe('a module of a config', () => {
  async function inFolder<T>(text: string, work: (file: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-config-'));
    try {
      const file = join(folder, 'slipway.config.mjs');
      await writeFile(file, text);
      return await work(file);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const said = async (text: string): Promise<string> => {
    const failure = await failureOf(inFolder(text, (file) => loadConfig({ configFile: file, addons: [] })));
    expect(failure.code).toBe('config');
    return [failure.message, ...failure.details].join('\n');
  };

  test.each([
    ['throw null;', 'null was thrown'],
    ['throw undefined;', 'undefined was thrown'],
    ["throw 'no';", 'cannot be read: no'],
    ['throw { message: "x" };', 'an object was thrown that is no Error'],
    ['throw Symbol("s");', 'Symbol(s) was thrown'],
    ['throw Object.assign(new Error(), { get message() { throw null; } });', 'was thrown'],
    ['const x = ;', 'Unexpected token'],
    ['export const other = 1;', 'has no default export'],
    ['export default undefined;', 'has no default export'],
    ['export default Promise.resolve({});', 'default export: is a promise'],
    ['export default Promise.reject(1);', 'is a promise'],
    ['export default { then() {} };', 'then: is a function'],
    ['export default async () => ({});', 'default export: is a function'],
    ['export default null;', 'default export'],
  ])('%s is a problem of the config', async (text, expected) => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      expect(await said(text)).toContain(expected);
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });

  test('while watching it is refused in the same words, and never taken for something else', async () => {
    const text = 'export default { a: new Map(), b: new (class Own {})(), c: 1n, d: [undefined] };';
    const watched = await failureOf(
      inFolder(text, (file) => readFreshConfig(file, AbortSignal.timeout(8_000))),
    );
    expect(watched.message).toContain('a is of the class Map: write plain data; b is of the class Own');
    expect(watched.message).toContain('c is a BigInt');
    expect(watched.message).toContain('d[0] is undefined');
    const thrown = await failureOf(
      inFolder('throw null;', (file) => readFreshConfig(file, AbortSignal.timeout(8_000))),
    );
    expect(thrown.message).toContain('null was thrown');
  });

  test('a look at what has not changed reads it as strictly', async () => {
    const failure = await failureOf(inFolder('export default { a: NaN };', readConfigModule));
    expect(failure.details).toEqual(['a: is NaN, which JSON has no word for']);
  });
});

test.each([
  [new Error('x'), 'x'],
  [new TypeError(), 'TypeError'],
  [Object.create(null), 'an object was thrown that is no Error'],
  [() => 1, 'a function was thrown'],
])('anything that is thrown can be told', (thrown, expected) => {
  expect(thrownText(thrown)).toBe(expected);
});
