// Pure: which paths of a build context the engine's own client would leave out.
//
// The rules are those of github.com/moby/patternmatcher (MatchesUsingParentResults), checked against it on
// random cases. Neither package at hand follows them: `ignore` has git's rules (a name matches at any depth,
// nothing below an ignored folder comes back), and @balena/dockerignore reads `(group)`, `a+b` and `{x}` in
// a pattern as regular expressions and loses `**/dir` patterns for files deeper down.

interface Rule {
  readonly negated: boolean;
  matches(path: string): boolean;
  /** Whether it could match anything below this folder; true where that is not known. */
  mayMatchBelow(folder: string): boolean;
}

/** What the patterns said about a folder; needed to judge what lies in it. */
export type FolderMatch = readonly boolean[];

export interface IgnoreVerdict {
  readonly ignored: boolean;
  readonly match: FolderMatch;
}

/** The patterns of one .dockerignore file. */
export class DockerIgnore {
  readonly #rules: readonly Rule[];

  constructor(text: string) {
    this.#rules = parse(text);
  }

  /** The verdict on a path ('src/a.ts', no leading slash), given the one on the folder that it lies in. */
  judge(path: string, parent?: FolderMatch): IgnoreVerdict {
    let ignored = false;
    const match = this.#rules.map((rule, index) => {
      // A pattern that matched the folder matches all below it; otherwise only ask if it can change the verdict.
      const hit = parent?.[index] === true || (rule.negated === ignored && rule.matches(path));
      if (hit) ignored = !rule.negated;
      return hit;
    });
    return { ignored, match };
  }

  /**
   * Whether something below an ignored folder may come back, given the verdict on the folder. The last pattern that
   * hit the folder hits all below it, so only one that comes after it and re-includes can change anything there.
   */
  mayReInclude(folder: string, match: FolderMatch): boolean {
    const last = match.findLastIndex((hit, index) => hit && !this.#rules[index]!.negated);
    return this.#rules.some((rule, index) => rule.negated && index > last && rule.mayMatchBelow(folder));
  }

  /** The verdict on a path on its own, its folders judged on the way. */
  ignores(path: string): boolean {
    const segments = path.split('/');
    let verdict: IgnoreVerdict | undefined;
    for (let count = 1; count <= segments.length; count++)
      verdict = this.judge(segments.slice(0, count).join('/'), verdict?.match);
    return verdict?.ignored ?? false;
  }
}

function parse(text: string): Rule[] {
  const rules: Rule[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    let pattern = line.trim();
    const negated = pattern.startsWith('!');
    if (negated) pattern = pattern.slice(1).trim();
    if (pattern === '') continue;
    pattern = cleanPath(pattern);
    if (pattern.length > 1 && pattern.startsWith('/')) pattern = pattern.slice(1);
    rules.push({
      negated,
      matches: compilePattern(pattern),
      mayMatchBelow: (folder) => mayMatchBelow(pattern, folder),
    });
  }
  return rules;
}

/** Whether the pattern could match something below this folder: segment by segment, as far as they are plain text. */
export function mayMatchBelow(pattern: string, folder: string): boolean {
  const parts = pattern.split('/');
  const segments = folder.split('/');
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined) return false;
    // A class can match a slash, and '**' any number of segments.
    if (/[[\\]|\*\*/.test(part)) return true;
    if (!/[*?]/.test(part) && part !== segment) return false;
  }
  return parts.length > segments.length;
}

/** Go's filepath.Clean: no empty or '.' segments, '..' resolved, no slash at the end. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return (rooted ? '/' : '') + kept.join('/') || '.';
}

/** What of the paths a pattern (clean, without a slash at the start) matches. */
export function compilePattern(pattern: string): (path: string) => boolean {
  // '**x' at the start means "ends in x", whatever follows: so the Go code has it, wildcards in x included.
  const suffix = /^\*\*\/?(.+)$/s.exec(pattern)?.[1];
  if (suffix !== undefined && !/[*?\\[\]]/.test(suffix)) {
    const tail = pattern.slice(2);
    return (path) => path.endsWith(tail) || (tail.startsWith('/') && path === tail.slice(1));
  }
  const characters = [...pattern];
  let source = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '*' && characters[at + 1] === '*') {
      at += characters[at + 2] === '/' ? 2 : 1;
      source += at + 1 >= characters.length ? '.*' : '(?:.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\' && at + 1 < characters.length) source += escape(characters[++at] as string);
    else if (character === '[' || character === ']' || (character === '^' && characters[at - 1] === '['))
      source += character;
    else source += escape(character);
  }
  try {
    const expression = new RegExp(`^${source}$`, 'su');
    return (path) => expression.test(path);
  } catch {
    return () => false; // a broken character class matches nothing
  }
}

function escape(character: string): string {
  return /[.+()|{}$^\\/*?[\]]/.test(character) ? `\\${character}` : character;
}
