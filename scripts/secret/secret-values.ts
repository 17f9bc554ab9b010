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
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A new random value of so many bytes, written in the alphabet (or in a URL-safe one). */
  readonly generate: (bytes: number, alphabet: string | undefined) => string;
}

export interface SecretValues {
  readonly values: Readonly<Record<string, string>>;
  /** Every problem, with its key. No value appears in it. */
  readonly problems: readonly string[];
}

/**
 * Generated values are kept once they exist: a database remembers its password. Values from the environment
 * follow it, and stay when the variable is gone. Templates are filled anew each time.
 */
export function resolveSecretValues({ keys, existing, environment, generate }: SecretInputs): SecretValues {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [key, source] of Object.entries(keys)) {
    if ('generate' in source) {
      values[key] = existing[key] ?? generate(source.generate.bytes, source.generate.alphabet);
    } else if ('fromEnv' in source) {
      const value = environment[source.fromEnv] || existing[key];
      if (value !== undefined) values[key] = value;
      else if (source.optional !== true) problems.push(`${key}: the variable ${source.fromEnv} is not set`);
    }
  }
  for (const [key, source] of Object.entries(keys)) {
    if (!('template' in source)) continue;
    values[key] = source.template.replaceAll(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_, name: string) => {
      const declared = keys[name];
      if (declared === undefined) problems.push(`${key}: there is no key ${name}`);
      else if ('template' in declared) problems.push(`${key}: ${name} is a template itself`);
      else if (values[name] === undefined && 'fromEnv' in declared && declared.optional === true)
        problems.push(`${key}: ${name} has no value, because ${declared.fromEnv} is not set`);
      return values[name] ?? '';
    });
  }
  return { values, problems };
}
