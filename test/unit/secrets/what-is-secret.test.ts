import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shownText } from '../../../src/cli/shown-text.ts';
import { Redactor } from '../../../src/secrets/redact.ts';
import { caseCount } from '../../support/case-count.ts';

const MASK = '‹secret›';
function knowing(values: Readonly<Record<string, string>>, names: readonly string[] = []): Redactor {
  const redactor = new Redactor();
  redactor.addNames(names);
  for (const [key, value] of Object.entries(values)) redactor.add(value, { key });
  return redactor;
}

describe('a value that is no more than a word', () => {
  const redactor = knowing({ 'database-user': 'shop', 'database-password': 'postgres', pin: '1234' }, [
    'shop',
    'web',
  ]);

  test.each([
    'Release shop: Deployment shop is ready',
    'https://shop.local:8443/shop/',
    'slipway.local/slipway-shop/shop:sha-0123456789ab',
    'pod shop-7d9f-shop, container shop',
    'environments.demo.releases.shop.chart',
    'image postgres:16 on port 1234 in 1234 ms',
    'Secret shop: key database-user has another value',
    'user=shopper, database-user: shopping',
    'the shop is open',
  ])('stays readable in names, URLs and ids: %s', (text) => {
    expect(redactor.redact(text)).toBe(text);
  });

  test.each([
    ['postgres://shop:postgres@db:5432/shop', `postgres://${MASK}:${MASK}@db:5432/shop`],
    ['redis://:postgres@redis', `redis://:${MASK}@redis`],
    ['amqp://shop@mq/shop', `amqp://${MASK}@mq/shop`],
    ['PASSWORD=postgres', `PASSWORD=${MASK}`],
    ['{"password":"postgres","user":"shop"}', `{"password":"${MASK}","user":"shop"}`],
    ['DATABASE_USER: shop', `DATABASE_USER: ${MASK}`],
    ["databaseUser => 'shop'", `databaseUser => '${MASK}'`],
    ['{\\"password\\": \\"postgres\\"}', `{\\"password\\": \\"${MASK}\\"}`],
    ['wrong password postgres for user shop', `wrong password ${MASK} for user shop`],
    [`it is ${btoa('postgres')}`, `it is ${MASK}`],
  ])('is hidden where it stands as a value: %s', (text, expected) => {
    expect(redactor.redact(text)).toBe(expected);
  });
});

describe('a value that stands for itself is hidden wherever it is', () => {
  test.each<[string, string]>([
    ['password', 'swordfish'],
    ['api-key', 'sk-1234567890abcdef'],
    ['token', 'a1b2c3d4'],
    ['OPENAI_API_KEY', 'abcdefghijklmnop'],
    ['url', 'postgres://app:hunter2@db/app'],
    ['database-user', 'Xk29dLq0vBn37sTz'],
    ['passphrase', 'correct horse battery staple'],
    ['seed', 'correct-horse-battery-staple'],
    ['number', '12345678901234567'],
    ['pass', 'pÄsswörd!'],
  ])('%s', (key, value) => {
    expect(knowing({ [key]: value }).redact(`it says ${value}.`)).toBe(`it says ${MASK}.`);
  });

  test('also what was generated and looks like a word by accident', () => {
    const redactor = new Redactor();
    redactor.add('abcdefghijk', { key: 'seed', isGenerated: true });
    expect(redactor.redact('x abcdefghijk y')).toBe(`x ${MASK} y`);
  });

  test('and what is secret in it: the password of a URL, fields of a JSON, lines of a key', () => {
    const url = knowing({ 'database-url': 'postgres://app:hunter%2F22@db/app' });
    expect(url.redact('no login with hunter/22 as app')).toBe(`no login with ${MASK} as app`);
    const json = {
      auths: { 'registry.test': { username: 'robot', password: 'x9-longer', auth: btoa('robot:x9-longer') } },
    };
    const config = knowing({ '.dockerconfigjson': JSON.stringify(json) });
    expect(config.redact('robot says x9-longer')).toBe(`robot says ${MASK}`);
    const pem = `-----BEGIN KEY-----\n${'MIIabcDEF0123456'.repeat(4)}\n-----END KEY-----\n`;
    const key = knowing({ 'tls.key': pem });
    expect(key.redact(`log: ${'MIIabcDEF0123456'.repeat(4)}`)).toBe(`log: ${MASK}`);
    expect(key.redact('log: -----BEGIN KEY-----')).toBe('log: -----BEGIN KEY-----');
  });

  test('and the beginning of one, where a text was cut off', () => {
    const redactor = knowing({ token: 'abcd1234efgh5678' });
    expect(redactor.redact('it says abcd1234efgh…')).toBe(`it says ${MASK}…`);
    expect(redactor.redact('it says abcd')).toBe('it says abcd');
  });

  test('and one with control characters in its middle', () => {
    const redactor = knowing({ token: 'abcd1234efgh5678' });
    for (const between of ['\u001b[1m', '\u200b', '\u001b]0;x\u0007', '\u0000'])
      for (const colors of [true, false])
        expect(shownText(`it says abcd1234${between}efgh5678`, redactor, colors)).toBe(`it says ${MASK}`);
    expect(shownText('\u001b[31mred\u001b[0m', redactor, true)).toBe('\u001b[31mred\u001b[0m');
  });
});

/** As passwords are made: also with what has to be escaped somewhere. */
const strong = fc
  .tuple(fc.string({ unit: 'grapheme-ascii', minLength: 9, maxLength: 60 }), fc.integer())
  .map(
    ([text, seed]) =>
      `${text.trim()}${createHash('sha256').update(String(seed)).digest('base64').slice(0, 12)}`,
  );
const FORMS: Readonly<Record<string, (value: string) => string>> = {
  raw: (value) => value,
  base64: (value) => Buffer.from(value).toString('base64'),
  'URL-safe base64': (value) => Buffer.from(value).toString('base64url'),
  'Basic authorization': (value) => Buffer.from(`user:${value}`).toString('base64'),
  'a longer base64': (value) => Buffer.from(`{"p":"${value}"}`).toString('base64'),
  'a URL': (value) => encodeURIComponent(value),
  'a form': (value) => new URLSearchParams({ a: value }).toString().slice(2),
  JSON: (value) => JSON.stringify(value),
  'JSON in JSON': (value) => JSON.stringify(JSON.stringify(value)),
  'JSON of Go': (value) =>
    JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026'),
  'a shell': (value) => `'${value.replaceAll("'", `'\\''`)}'`,
};

test.each(Object.entries(FORMS))(
  'no generated secret is shown, in whatever text it stands: as %s',
  (_title, form) => {
    fc.assert(
      fc.property(strong, fc.string(), fc.string(), (value, before, after) => {
        const redactor = knowing({ password: value });
        const written = form(value);
        const shown = redactor.redact(`${before}<${written}>${after}`);
        // What is left of it is less than anybody could use.
        const left = Math.max(8, Math.ceil(written.length * 0.7));
        for (let start = 0; start + left <= written.length; start++)
          expect(
            `${before}${after}`.includes(written.slice(start, start + left)) ||
              !shown.includes(written.slice(start, start + left)),
          ).toBe(true);
      }),
      { numRuns: caseCount(0.2) },
    );
  },
);

test('no name is blacked out by a secret of the same value', () => {
  const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
  const key = fc.constantFrom('user', 'password', 'database-name', 'token', 'DB_USER', 'secret');
  fc.assert(
    fc.property(name, key, (value, of) => {
      const redactor = knowing({ [of]: value }, [value]);
      for (const text of [
        `Release ${value}: revision 3`,
        `https://${value}.local/${value}?x=${value}`,
        `slipway.local/c/${value}:sha-0123456789ab`,
        `release:${value} → Deployment/${value}-svc`,
        JSON.stringify({ id: `release:${value}`, title: value, name: value }),
      ])
        expect(redactor.redact(text)).toBe(text);
    }),
    { numRuns: caseCount(0.2) },
  );
});
