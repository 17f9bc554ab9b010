// Pure: reads the settings of a service from its environment variables.

export type Environment = Readonly<Record<string, string | undefined>>;

/** A whole number within the bounds, or the default when the variable is absent or empty. */
export function numberSetting(
  environment: Environment,
  name: string,
  bounds: { readonly default: number; readonly minimum: number; readonly maximum: number },
): number {
  const text = environment[name] ?? '';
  if (text === '') return bounds.default;
  const value = Number(text);
  if (!Number.isInteger(value) || value < bounds.minimum || value > bounds.maximum) {
    throw new Error(
      `${name} must be a whole number from ${bounds.minimum} to ${bounds.maximum}, not "${text}"`,
    );
  }
  return value;
}

/** A URL without trailing slash. */
export function urlSetting(environment: Environment, name: string, fallback?: string): string {
  const text = environment[name] || fallback;
  if (text === undefined) throw new Error(`${name} must be set`);
  // The value itself is not shown: a database URL holds its password.
  if (!URL.canParse(text)) throw new Error(`${name} is not a URL`);
  return text.replace(/\/+$/, '');
}

/** The port to listen on: the variable PORT, or the service's own. */
export function portSetting(environment: Environment, port: number): number {
  return numberSetting(environment, 'PORT', { default: port, minimum: 0, maximum: 65_535 });
}
