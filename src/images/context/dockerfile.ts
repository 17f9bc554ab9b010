// Pure: as much of a Dockerfile as has to be understood before a build: its stages and what they are based on.

export interface DockerfileStage {
  /** Name after AS, in lower case as the engine compares it. */
  readonly name: string | undefined;
  /** The base with build arguments put in, or the name of an earlier stage. */
  readonly base: string;
  /** Index of the last line of its FROM. */
  readonly endLine: number;
}

export interface ParsedDockerfile {
  readonly stages: readonly DockerfileStage[];
  /** Images from outside that the build reads, sorted: bases and sources of COPY --from; without 'scratch'. */
  readonly externalImages: readonly string[];
}

export interface Instruction {
  readonly keyword: string;
  /** Values of the flags at its beginning ('--from=build'), by name in lower case. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** What comes after the flags. */
  readonly rest: string;
  /** Index of its first line. */
  readonly startLine: number;
  /** Index of its last line, here-documents not counted. */
  readonly endLine: number;
  /** Whether here-documents follow it. */
  readonly hasDocuments: boolean;
}

/** Reads the stages, with `buildArgs` over the defaults of the ARGs that stand before the first FROM. */
export function parseDockerfile(
  text: string,
  buildArgs: Readonly<Record<string, string>> = {},
): ParsedDockerfile {
  const variables = new Map<string, string>();
  const stages: DockerfileStage[] = [];
  const external = new Set<string>();
  const isStage = (name: string): boolean => stages.some((stage) => stage.name === name.toLowerCase());
  for (const { keyword, flags, rest, endLine } of instructionsOf(text)) {
    if (keyword === 'ARG' && stages.length === 0) {
      for (const [name, value] of argumentsOf(rest)) {
        const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
        const chosen = given ?? (value === undefined ? undefined : substitute(value, variables));
        if (chosen !== undefined) variables.set(name, chosen);
      }
    } else if (keyword === 'FROM') {
      const [image = '', as = '', name] = rest.split(/\s+/);
      const base = substitute(unquote(image), variables);
      if (base !== '' && base !== 'scratch' && !isStage(base)) external.add(base);
      stages.push({ name: as.toUpperCase() === 'AS' ? name?.toLowerCase() : undefined, base, endLine });
    } else if (keyword === 'COPY' || keyword === 'RUN') {
      const mounts = (flags.get('mount') ?? []).flatMap(
        (mount) => /(?:^|,)from=([^,]+)/.exec(mount)?.[1] ?? [],
      );
      for (const source of [...(flags.get('from') ?? []), ...mounts])
        if (!/^\d+$/.test(source) && !isStage(source) && source !== 'scratch') external.add(source);
    }
  }
  return { stages, externalImages: [...external].sort() };
}

/**
 * The Dockerfile with the labels set first thing in every stage, and with `atEnd` last thing in the stage that is the
 * result. The classic builder keeps each stage, and whatever a failed or killed build got to, as images without a name;
 * only by their labels can they be found and removed again. (The engine itself labels nothing but the result.)
 */
export function labelStages(
  text: string,
  labels: Readonly<Record<string, string>>,
  { atEnd = {}, target }: LabelsOfResult = {},
): string {
  const label = labelInstruction(labels);
  if (label === undefined) return text;
  const lines = text.split('\n');
  const { stages } = parseDockerfile(text);
  const byName = stages.findLastIndex(({ name }) => name !== undefined && name === target?.toLowerCase());
  const result = target === undefined ? stages.length - 1 : byName >= 0 ? byName : Number(target);
  const begins = [...instructionsOf(text)].filter(({ keyword }) => keyword === 'FROM');
  const last = labelInstruction(atEnd);
  // From the bottom, so that the line numbers above stay true.
  for (const [index, { endLine }] of [...stages.entries()].toReversed()) {
    if (index === result && last !== undefined)
      lines.splice(begins[index + 1]?.startLine ?? endOf(lines), 0, last);
    lines.splice(endLine + 1, 0, label);
  }
  return lines.join('\n');
}

export interface LabelsOfResult {
  readonly atEnd?: Readonly<Record<string, string>>;
  /** Name or number of the stage that is the result; the last one if absent. */
  readonly target?: string | undefined;
}

function labelInstruction(labels: Readonly<Record<string, string>>): string | undefined {
  const pairs = Object.entries(labels).map(([key, value]) => `${JSON.stringify(key)}=${quoteValue(value)}`);
  return pairs.length === 0 ? undefined : `LABEL ${pairs.join(' ')}`;
}

/** Where a line comes to stand that is the last one, before the line break at the end. */
function endOf(lines: readonly string[]): number {
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}

/** The Dockerfile with these stages empty. Numbers of stages and lines stay as they are. */
export function emptyStages(text: string, stages: readonly number[]): string {
  const lines = text.split('\n');
  const begins = [...instructionsOf(text)].filter(({ keyword }) => keyword === 'FROM');
  for (const index of stages) {
    const { startLine, rest } = begins[index]!;
    const end = begins[index + 1]?.startLine ?? lines.length;
    lines.fill('', startLine, end);
    const [, as = '', name = ''] = rest.split(/\s+/);
    lines[startLine] = as === '' ? 'FROM scratch' : `FROM scratch ${as} ${name}`;
  }
  return lines.join('\n');
}

/** The Dockerfile for the frontend that an engine has built in, whatever Docker's frontend of a registry it asks for. */
export function withoutSyntax(text: string): string {
  if (!isDockerSyntax(syntaxOf(text))) return text;
  return text.replace(/^(\uFEFF?(?:\s*#[^\n]*\n)*?\s*#)\s*syntax\s*=[^\n]*/i, '$1');
}

/** Whether a frontend is Docker's own, of which engines have one built in. */
export function isDockerSyntax(syntax: string | undefined): boolean {
  return syntax !== undefined && /(^|\/)dockerfile(-upstream)?(:|@|$)/.test(syntax);
}

/** The frontend that a Dockerfile asks for (`# syntax=`); undefined: the one that the engine has built in. */
export function syntaxOf(text: string): string | undefined {
  return directivesOf(text.replace(/^\uFEFF/, '').split(/\r?\n/)).get('syntax');
}

/** One instruction whose lines are joined already. */
export function instructionOf(
  word: string,
  text: string,
  place = { startLine: 0, endLine: 0, hasDocuments: false },
): Instruction {
  const flags = new Map<string, string[]>();
  let rest = text;
  for (let flag = FLAG.exec(rest); flag; flag = FLAG.exec(rest)) {
    const [whole, key = '', value = ''] = flag;
    flags.set(key.toLowerCase(), [...(flags.get(key.toLowerCase()) ?? []), value]);
    rest = rest.slice(whole.length);
  }
  return { keyword: word.toUpperCase(), flags, rest, ...place };
}

const FLAG = /^--([\w-]+)(?:=((?:"[^"]*"|\S)*))?\s+/;

export function* instructionsOf(text: string): Generator<Instruction> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const continuation = directivesOf(lines).get('escape') === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  for (let at = 0; at < lines.length; at++) {
    let whole = lines[at] as string;
    if (/^\s*(#|$)/.test(whole)) continue;
    const startLine = at;
    while (continuation.test(whole) && at + 1 < lines.length) {
      const next = lines[++at] as string;
      // Comments and empty lines inside an instruction do not end it.
      if (!/^\s*(#|$)/.test(next)) whole = whole.replace(continuation, '') + next;
    }
    const [, keyword = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(whole) ?? [];
    const endLine = at;
    let hasDocuments = false;
    if (/^(RUN|COPY|ADD)$/i.test(keyword))
      for (const [, dash, , word] of rest.matchAll(/<<(-?)(["']?)(\w+)\2/g)) {
        const isEnd = (line: string): boolean => (dash ? line.replace(/^\t+/, '') : line) === word;
        if (!lines.slice(at + 1).some(isEnd)) continue;
        hasDocuments = true;
        while (!isEnd(lines[++at] as string));
      }
    yield instructionOf(keyword, rest.trim(), { startLine, endLine, hasDocuments });
  }
}

/** They stand at the very top, before any comment, empty line or instruction. By name in lower case. */
function directivesOf(lines: readonly string[]): Map<string, string> {
  const directives = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^\s*#\s*(\w+)\s*=\s*(\S+)/.exec(line) ?? [];
    if (name === '') break;
    directives.set(name.toLowerCase(), value);
  }
  return directives;
}

function argumentsOf(rest: string): [string, string | undefined][] {
  return [...rest.matchAll(/([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*))?/g)].map(([, name = '', value]) => [
    name,
    value === undefined ? undefined : unquote(value),
  ]);
}

function unquote(value: string): string {
  return /^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value;
}

function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::?([-+])((?:[^{}]|\$\{\w+\})*))?\})/g,
    (
      _match,
      plain: string | undefined,
      braced: string | undefined,
      operator: string | undefined,
      word = '',
    ) => {
      const value = variables.get(plain ?? braced ?? '') ?? '';
      if (operator === '-') return value === '' ? substitute(word, variables) : value;
      if (operator === '+') return value === '' ? '' : substitute(word, variables);
      return value;
    },
  );
}

function quoteValue(value: string): string {
  return `"${value.replaceAll(/["\\$]/g, '\\$&')}"`;
}
