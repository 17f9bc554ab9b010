// Pure: works out the values of a Secret from its declaration, from what is there, and from the environment.

export type SecretSource =
  | { readonly generate: { readonly bytes: number; readonly alphabet?: string | undefined } }
  /** Text with {{other-key}} in it. */
  | { readonly template: string }
  /** Name of an environment variable. */
  | { readonly fromEnv: string; readonly optional?: boolean | undefined };

export interface SecretInputs {
  readonly keys: Readonly<Record<string, SecretSource>>;
  /** What the Secret holds now; empty when there is none. */
  readonly existing: Readonly<Record<string, string>>;
  /** Every value that was ever generated for it, by key. */
  readonly kept?: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A new random value of so many bytes, written in the alphabet (or in a URL-safe one). */
  readonly generate: (bytes: number, alphabet: string | undefined) => string;
}

export interface SecretValues {
  /** All that the Secret is to hold, and nothing else. */
  readonly values: Readonly<Record<string, string>>;
  /** Every problem, with its key. No value appears in it. */
  readonly problems: readonly string[];
}

/**
 * The declared sources decide. Generated values are kept once they exist: a database remembers its password. Values
 * from the environment follow it; they stay when the variable is not set, which says nothing, and an optional one goes
 * when it is set to nothing. Templates are filled anew each time.
 */
export function resolveSecretValues(inputs: SecretInputs): SecretValues {
  const { keys, existing, kept = {}, environment, generate } = inputs;
  const values = Object.create(null) as Record<string, string>;
  const problems: string[] = [];
  for (const [key, source] of Object.entries(keys)) {
    if ('generate' in source) {
      const { bytes, alphabet } = source.generate;
      values[key] = own(kept, key) ?? own(existing, key) ?? generate(bytes, alphabet);
    } else if ('fromEnv' in source) {
      const given = own(environment, source.fromEnv);
      if (given === '' && source.optional === true) continue;
      const value = given || own(existing, key);
      if (value !== undefined) values[key] = value;
      else if (source.optional !== true) problems.push(`${key}: the variable ${source.fromEnv} is not set`);
    }
  }
  for (const [key, source] of Object.entries(keys)) {
    if (!('template' in source)) continue;
    values[key] = source.template.replaceAll(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_, name: string) => {
      const declared = own(keys, name);
      if (declared === undefined) problems.push(`${key}: there is no key ${name}`);
      else if ('template' in declared) problems.push(`${key}: ${name} is a template itself`);
      else if (values[name] === undefined && 'fromEnv' in declared && declared.optional === true)
        problems.push(`${key}: ${name} has no value, because ${declared.fromEnv} is not set`);
      return values[name] ?? '';
    });
  }
  return { values, problems };
}

/** The keys whose values are generated. */
export function generatedKeys(keys: SecretInputs['keys']): string[] {
  return Object.entries(keys).flatMap(([key, source]) => ('generate' in source ? [key] : []));
}

/** How what a Secret holds differs from what it is to hold; names of keys only. Empty: it does not. */
export function secretChanges(
  values: Readonly<Record<string, string>>,
  existing: Readonly<Record<string, string>>,
): string[] {
  const wanted = Object.keys(values).flatMap((key) => {
    const found = own(existing, key);
    if (found === values[key]) return [];
    return [found === undefined ? `key ${key} is not there` : `key ${key} has another value`];
  });
  const surplus = Object.keys(existing).filter((key) => !Object.hasOwn(values, key));
  return [...wanted, ...surplus.map((key) => `key ${key} is not declared`)];
}

/** Keys have any name, also one that every object has. */
function own<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
