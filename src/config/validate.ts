// Pure: everything that can be wrong with a config, found in one pass.

import { findCycle } from '../plan/graph.ts';
import { formatPath, toPlainData } from './plain-data.ts';
import { nameProblems } from './name-problems.ts';
import type { Problem } from './problem.ts';
import { configSchema, type Config, type Environment } from './schema.ts';
import { syncProblems } from './sync-problems.ts';

export interface Validation {
  readonly config: Config | undefined;
  readonly problems: readonly Problem[];
}

/** The config with defaults filled in, or every problem with its path. `addons` are the names that the catalogue knows. */
export function validateConfig(input: unknown, addons: readonly string[]): Validation {
  const plain = toPlainData(input);
  if (plain.problems.length > 0) {
    // What is no data has been told; what else is wrong is told of the rest.
    const rest = validateShape(plain.data, addons);
    const told = new Set(plain.problems.map(({ path }) => path));
    return {
      config: undefined,
      problems: [...plain.problems, ...rest.problems.filter(({ path }) => !told.has(path))],
    };
  }
  return validateShape(plain.data, addons);
}

function validateShape(input: unknown, addons: readonly string[]): Validation {
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      path: formatPath(issue.path),
      message: issue.message,
    }));
    // References are still worth checking where the shape allows it, so that one run shows all there is.
    return { config: undefined, problems: [...problems, ...readableReferences(input, addons)] };
  }
  // zod's maps have a prototype again.
  const config = toPlainData(parsed.data).data as Config;
  const problems = referenceProblems(config, addons);
  if (!Object.hasOwn(config.environments, config.default)) {
    problems.push({ path: 'default', message: `there is no environment '${config.default}'` });
  }
  return { config: problems.length === 0 ? config : undefined, problems };
}

/** What is too broken to be followed has been told already. */
function readableReferences(input: unknown, addons: readonly string[]): Problem[] {
  try {
    return referenceProblems(input, addons);
  } catch (error) {
    if (error instanceof TypeError) return [];
    throw error;
  }
}

function referenceProblems(input: unknown, addons: readonly string[]): Problem[] {
  const environments = (input as Partial<Config> | undefined)?.environments;
  if (typeof environments !== 'object' || environments === null) return [];
  return Object.entries(environments).flatMap(([name, environment]) =>
    typeof environment === 'object' && environment !== null
      ? [
          ...environmentProblems(`environments.${name}`, environment as Partial<Environment>, addons),
          ...nameProblems(`environments.${name}`, name, environment as Partial<Environment>),
        ]
      : [],
  );
}

function environmentProblems(
  path: string,
  environment: Partial<Environment>,
  addons: readonly string[],
): Problem[] {
  const problems: Problem[] = [];
  const { releases = {}, images = {}, secrets = {} } = environment;
  const declared = Object.keys(environment.addons ?? {});
  for (const addon of declared) {
    if (!addons.includes(addon)) {
      problems.push({
        path: `${path}.addons.${addon}`,
        message: `is not known; known are ${addons.join(', ')}`,
      });
    }
  }
  const nodes = Object.entries(releases).map(([id, release]) => ({ id, needs: asList(release?.needs) }));
  const known = new Set([...nodes.map((node) => node.id), ...declared.map((addon) => `addon:${addon}`)]);
  for (const [name, release] of Object.entries(releases)) {
    const at = `${path}.releases.${name}`;
    asList(release?.needs).forEach((need, index) => {
      if (!known.has(need)) {
        problems.push({
          path: `${at}.needs[${index}]`,
          message: `'${need}' is neither a release nor 'addon:<name>' of this environment`,
        });
      }
    });
    for (const [value, image] of Object.entries(release?.images ?? {})) {
      if (!Object.hasOwn(images, image))
        problems.push({ path: `${at}.images['${value}']`, message: `there is no image '${image}'` });
    }
    problems.push(...syncProblems(at, release, images));
    asList(release?.secrets).forEach((secret, index) => {
      if (!Object.hasOwn(secrets, secret))
        problems.push({ path: `${at}.secrets[${index}]`, message: `there is no secret '${secret}'` });
    });
  }
  for (const [name, secret] of Object.entries(secrets))
    problems.push(...templateProblems(`${path}.secrets.${name}`, secret));
  const cycle = findCycle(nodes);
  if (cycle)
    problems.push({
      path: `${path}.releases`,
      message: `the needs go round in a circle: ${cycle.join(' → ')}`,
    });
  return problems;
}

function templateProblems(
  path: string,
  secret: Partial<Environment['secrets'][string]> | undefined,
): Problem[] {
  const keys = secret?.keys ?? {};
  return Object.entries(keys).flatMap(([key, value]) => {
    if (typeof value !== 'object' || value === null || !('template' in value)) return [];
    const used = [
      ...(typeof value.template === 'string' ? value.template : '').matchAll(/\{\{([^}]*)\}\}/g),
    ].map((match) => match[1]!.trim());
    return used
      .filter((reference) => !Object.hasOwn(keys, reference) || 'template' in keys[reference]!)
      .map((reference) => ({
        path: `${path}.keys.${key}`,
        message: `'{{${reference}}}' names no plain key of this secret`,
      }));
  });
}

function asList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
