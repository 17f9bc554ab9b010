import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import bundled from '../../../slipway.config.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';

type Path = readonly (string | number)[];

function placesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => placesOf(child, [...path, key]))];
}

function replaced(value: unknown, [step, ...rest]: Path, by: unknown): unknown {
  if (step === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[step] = replaced(copy[step], rest, by);
  return copy;
}

const anything = fc.oneof(
  fc.constantFrom(null, undefined, '', '*', '../..', '/', 0, -1, 1e21, Number.NaN, true, [], {}, [null]),
  fc.constantFrom('$(id)', '; rm -rf x', 'a\0b', '__proto__', 'constructor', '-', 'x'.repeat(300)),
  fc.constantFrom({ toString: 1 }, { length: -1 }, () => 1, Symbol('x'), 10n),
  fc.jsonValue({ maxDepth: 4 }),
);
const damaged = fc
  .array(fc.tuple(fc.constantFrom(...placesOf(bundled)), anything), { minLength: 1, maxLength: 4 })
  .map((damages) => damages.reduce<unknown>((config, [path, by]) => put(config, path, by), bundled));

/** A later damage may lie below an earlier one. */
function put(config: unknown, path: Path, by: unknown): unknown {
  const isThere = placesOf(config).some((place) => place.join('\0') === path.join('\0'));
  return isThere ? replaced(config, path, by) : config;
}

test.each([
  ['the bundled one with damage', damaged],
  [
    'anything at all',
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, maxDepth: 4 }),
  ],
])(
  'a config is taken or refused with the place, never a surprise: %s',
  async (_title, configs) => {
    await fc.assert(
      fc.asyncProperty(configs, async (config) => {
        const read = async (): Promise<unknown> => config;
        const configFile = `${import.meta.dirname}/../../../slipway.config.ts`;
        const outcome = await loadConfig({ configFile, addons: ['ingress-nginx'], read }).catch(
          (error: unknown) => error,
        );
        if (!(outcome instanceof Error)) return;
        expect(outcome).toBeInstanceOf(Failure);
        expect((outcome as Failure).code).toBe('config');
        expect((outcome as Failure).details.join('\n')).not.toContain('undefined.');
      }),
      { numRuns: caseCount(0.25) },
    );
  },
  generatedTimeoutMs,
);
