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

interface Instruction {
  readonly keyword: string;
  readonly rest: string;
  /** Index of its last line, here-documents not counted. */
  readonly endLine: number;
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
  for (const { keyword, rest, endLine } of instructions(text)) {
    if (keyword === 'ARG' && stages.length === 0) {
      for (const [name, value] of argumentsOf(rest)) {
        const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
        const chosen = given ?? (value === undefined ? undefined : substitute(value, variables));
        if (chosen !== undefined) variables.set(name, chosen);
      }
    } else if (keyword === 'FROM') {
      const [image = '', as = '', name] = rest.replace(/^(--\S+\s+)+/, '').split(/\s+/);
      const base = substitute(unquote(image), variables);
      if (base !== '' && base !== 'scratch' && !isStage(base)) external.add(base);
      stages.push({ name: as.toUpperCase() === 'AS' ? name?.toLowerCase() : undefined, base, endLine });
    } else if (keyword === 'COPY' || keyword === 'RUN') {
      for (const [, source = ''] of rest.matchAll(/(?:^|\s)--(?:mount=\S*?\b)?from=([^\s,]+)/g))
        if (!/^\d+$/.test(source) && !isStage(source) && source !== 'scratch') external.add(source);
    }
  }
  return { stages, externalImages: [...external].sort() };
}

/**
 * The Dockerfile with the labels set first thing in every stage.
 * The classic builder keeps each stage, and whatever a failed or killed build got to, as images without a name;
 * only by their labels can they be found and removed again. (The engine itself labels nothing but the result.)
 */
export function labelStages(text: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${JSON.stringify(key)}=${quoteValue(value)}`);
  if (pairs.length === 0) return text;
  const lines = text.split('\n');
  // From the bottom, so that the line numbers above stay true.
  for (const { endLine } of parseDockerfile(text).stages.toReversed()) {
    lines.splice(endLine + 1, 0, `LABEL ${pairs.join(' ')}`);
  }
  return lines.join('\n');
}

function* instructions(text: string): Generator<Instruction> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const continuation = escapeCharacter(lines) === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  for (let at = 0; at < lines.length; at++) {
    let whole = lines[at] as string;
    if (/^\s*(#|$)/.test(whole)) continue;
    while (continuation.test(whole) && at + 1 < lines.length) {
      const next = lines[++at] as string;
      // Comments and empty lines inside an instruction do not end it.
      if (!/^\s*(#|$)/.test(next)) whole = whole.replace(continuation, '') + next;
    }
    const [, keyword = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(whole) ?? [];
    yield { keyword: keyword.toUpperCase(), rest: rest.trim(), endLine: at };
    if (/^(RUN|COPY|ADD)$/i.test(keyword))
      for (const [, dash, , word] of rest.matchAll(/<<(-?)(["']?)(\w+)\2/g)) {
        const isEnd = (line: string): boolean => (dash ? line.replace(/^\t+/, '') : line) === word;
        if (lines.slice(at + 1).some(isEnd)) while (!isEnd(lines[++at] as string));
      }
  }
}

/** Parser directives stand at the very top, before any comment, empty line or instruction. */
function escapeCharacter(lines: readonly string[]): string {
  for (const line of lines) {
    const [, name = '', value = ''] = /^\s*#\s*(\w+)\s*=\s*(\S+)/.exec(line) ?? [];
    if (name === '') break;
    if (name.toLowerCase() === 'escape') return value;
  }
  return '\\';
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
