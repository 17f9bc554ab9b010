// Pure: which files of its context a Dockerfile can read, as far as that can be told from its text.

import { cleanPath } from './docker-ignore.ts';
import { instructionOf, instructionsOf, isDockerSyntax, syntaxOf, type Instruction } from './dockerfile.ts';

export interface DockerfileQuestion {
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** The last stage if absent. */
  readonly target?: string | undefined;
}

interface Stage {
  readonly name: string | undefined;
  /** Stages that it takes files from, its base among them. */
  readonly needs: Set<Stage>;
  /** Patterns of what it reads; undefined: it may read everything. */
  sources: Set<string> | undefined;
  /** As `ENV` and `ARG` give them; undefined where that is not known. */
  readonly env: Map<string, string | undefined>;
  readonly args: Map<string, string | undefined>;
}

/** Set by BuildKit for each build, whatever a Dockerfile has for a default. */
const GIVEN_BY_BUILDER = /^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)$|^TARGETSTAGE$/;
const WHOLE_CONTEXT = new Set(['.', '']);

/**
 * Patterns of the paths that COPY, ADD and RUN --mount of the stages name that the target needs: what lies below a
 * match counts, too. Undefined where it cannot be told: then everything counts.
 *
 * ONBUILD instructions of bases from elsewhere are not in the text. What is not named is not sent, so that such a
 * build never takes what its tag does not stand for; and where nothing is named at all, everything counts.
 */
export function contextSources(text: string, question: DockerfileQuestion): readonly string[] | undefined {
  const syntax = syntaxOf(text);
  // Another frontend may read the text in another way.
  if (syntax !== undefined && !isDockerSyntax(syntax)) return undefined;
  const stages = readStages(text, question);
  const sources = new Set<string>();
  for (const stage of neededStages(stages, question.target)) {
    if (stage.sources === undefined) return undefined;
    for (const source of stage.sources) sources.add(source);
  }
  return sources.size === 0 ? undefined : [...sources].sort();
}

/** Indexes of the stages that the target does not need: BuildKit leaves them out, the classic builder builds them. */
export function unneededStages(text: string, question: DockerfileQuestion): readonly number[] {
  const stages = readStages(text, question);
  const needed = neededStages(stages, question.target);
  if (needed.size === 0) return [];
  return stages.flatMap((stage, index) => (needed.has(stage) ? [] : [index]));
}

/** None where there is no such target. */
function neededStages(stages: readonly Stage[], target: string | undefined): ReadonlySet<Stage> {
  const last = target === undefined ? stages.at(-1) : stageNamed(stages, target);
  const needed = new Set<Stage>(last ? [last] : []);
  // A set is walked in the order in which it grows.
  for (const stage of needed) for (const need of stage.needs) needed.add(need);
  return needed;
}

/** By name, or by number. */
function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
  const byName = stages.findLast((stage) => stage.name === name.toLowerCase());
  return byName ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined);
}

function readStages(text: string, { buildArgs = {} }: DockerfileQuestion): Stage[] {
  const globals = new Map<string, string | undefined>();
  const stages: Stage[] = [];
  for (const instruction of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (instruction.keyword === 'FROM') stages.push(stageOf(instruction, stages, globals));
    else if (!stage)
      takeArguments(instruction, { into: globals, globals, buildArgs, expand: expander(globals) });
    else takeInstruction(stage, instruction, { stages, globals, buildArgs });
  }
  return stages;
}

function stageOf(
  { rest }: Instruction,
  stages: readonly Stage[],
  globals: ReadonlyMap<string, string | undefined>,
): Stage {
  const [image = '', as = '', name] = rest.split(/\s+/);
  const base = expander(globals)(image);
  const parent =
    base === undefined ? undefined : stages.findLast((stage) => stage.name === base.toLowerCase());
  return {
    name: as.toUpperCase() === 'AS' ? name?.toLowerCase() : undefined,
    needs: new Set(parent ? [parent] : base === undefined ? stages : []),
    sources: new Set(),
    env: new Map(parent?.env),
    args: new Map(),
  };
}

interface Surroundings {
  readonly stages: readonly Stage[];
  readonly globals: ReadonlyMap<string, string | undefined>;
  readonly buildArgs: Readonly<Record<string, string>>;
}

function takeInstruction(stage: Stage, instruction: Instruction, around: Surroundings): void {
  const { keyword, rest, flags } = instruction;
  // What a base of ours leaves to the stages that stand on it is read where it is written: they all need this one.
  if (keyword === 'ONBUILD') {
    const [word = ''] = rest.split(/\s+/, 1);
    takeInstruction(stage, instructionOf(word, rest.slice(word.length).trim()), around);
    return;
  }
  const expand = expander(stage.args, stage.env);
  if (keyword === 'ARG') {
    const { globals, buildArgs } = around;
    takeArguments(instruction, { into: stage.args, globals, buildArgs, expand });
  } else if (keyword === 'ENV') takeVariables(stage, rest, expand);
  else if (keyword === 'COPY' || keyword === 'ADD') {
    const from = flags.get('from')?.[0];
    if (from !== undefined) takeFrom(stage, from, around);
    else for (const word of sourceWords(rest)) if (!isFromElsewhere(keyword, word)) name(stage, expand, word);
  } else if (keyword === 'RUN') for (const mount of flags.get('mount') ?? []) takeMount(stage, mount, around);
}

function takeMount(stage: Stage, mount: string, around: Surroundings): void {
  const options = new Map(
    mount.split(',').map((option): [string, string] => {
      const [key = '', ...value] = option.replaceAll(/^"|"$/g, '').split('=');
      return [key.toLowerCase(), value.join('=')];
    }),
  );
  const from = options.get('from');
  const type = options.get('type') ?? 'bind';
  if (from !== undefined) takeFrom(stage, from, around);
  else if (type === 'bind')
    name(stage, expander(stage.args, stage.env), options.get('source') ?? options.get('src') ?? '.');
}

/** Another stage, or an image from elsewhere. */
function takeFrom(stage: Stage, from: string, { stages }: Surroundings): void {
  // A name that has to be put in is not known to be no stage.
  if (from.includes('$')) for (const other of stages) stage.needs.add(other);
  const other = stageNamed(stages.slice(0, -1), from);
  if (other) stage.needs.add(other);
}

function name(stage: Stage, expand: Expand, word: string): void {
  const whole = expand(word);
  // As far as it is known: what lies in the folder before the first variable.
  const known = whole ?? word.slice(0, word.search(/["'$]/)).replace(/[^/]*$/, '');
  // Sources begin at the context, and lead nowhere out of it.
  const pattern = cleanPath(`/${known}`).slice(1);
  if (WHOLE_CONTEXT.has(pattern)) stage.sources = undefined;
  else stage.sources?.add(pattern);
}

function sourceWords(rest: string): string[] {
  if (rest.startsWith('['))
    try {
      const words = JSON.parse(rest) as unknown;
      if (Array.isArray(words)) return words.slice(0, -1).map(String);
    } catch {
      // No JSON: then it is words, as the builders have it.
    }
  return rest.split(/\s+/).slice(0, -1);
}

function isFromElsewhere(keyword: string, word: string): boolean {
  return word.startsWith('<<') || (keyword === 'ADD' && /^([a-z][a-z0-9+.-]*:\/\/|git@)/i.test(word));
}

function takeVariables(stage: Stage, rest: string, expand: Expand): void {
  const isOld = /^\w+\s+[^=\s]/.test(rest) && !/^\w+=/.test(rest);
  const pairs: [string, string][] = isOld
    ? [[rest.split(/\s/, 1)[0]!, rest.replace(/^\S+\s+/, '')]]
    : [...rest.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*)/g)].map(
        ([, key = '', value = '']) => [key, value],
      );
  for (const [key, value] of pairs) stage.env.set(key, expand(unquoted(value)));
}

function takeArguments(
  { keyword, rest }: Instruction,
  {
    into,
    globals,
    buildArgs,
    expand,
  }: {
    readonly into: Map<string, string | undefined>;
    readonly globals: ReadonlyMap<string, string | undefined>;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly expand: Expand;
  },
): void {
  if (keyword !== 'ARG') return;
  for (const [, key = '', value] of rest.matchAll(/([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*))?/g)) {
    if (GIVEN_BY_BUILDER.test(key)) into.set(key, undefined);
    else if (Object.hasOwn(buildArgs, key)) into.set(key, buildArgs[key]);
    else into.set(key, value === undefined ? globals.get(key) : expand(unquoted(value)));
  }
}

/** Undefined where a part of the word is not known. */
type Expand = (word: string) => string | undefined;

/** The first map that has a variable gives it, the last one first: what ENV says counts more than an ARG. */
function expander(...maps: readonly ReadonlyMap<string, string | undefined>[]): Expand {
  const valueOf = (key: string): string | undefined => maps.findLast((map) => map.has(key))?.get(key);
  return (word) => {
    if (/["'`]/.test(word)) return undefined;
    let isKnown = true;
    const expanded = word.replaceAll(
      /\$(?:(\w+)|\{(\w+)(?::?-([^{}$]*))?\})?/g,
      (_all, plain, braced, byDefault) => {
        const value = valueOf(String(plain ?? braced ?? ''));
        if (value !== undefined && value !== '') return value;
        // What is not set here may be set by a base from elsewhere.
        isKnown = false;
        return String(byDefault ?? '');
      },
    );
    return isKnown ? expanded : undefined;
  };
}

function unquoted(value: string): string {
  return /^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value;
}
