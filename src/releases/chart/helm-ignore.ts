// Pure: .helmignore as helm reads it (helm.sh/helm/v4/internal/ignore): shell patterns, of git's rules only a part.

interface IgnoreRule {
  readonly matches: (path: string) => boolean;
  readonly isNegated: boolean;
  readonly onlyFolders: boolean;
}

/** Rules in their order, helm's own first: dot files in templates/ never count. */
export function parseHelmIgnore(text: string): IgnoreRule[] {
  return ['templates/.?*', ...text.split(/\r?\n/)].flatMap((line) => {
    let pattern = line.trim();
    if (pattern === '' || pattern.startsWith('#')) return [];
    const isNegated = pattern.startsWith('!');
    if (isNegated) pattern = pattern.slice(1);
    const onlyFolders = pattern.endsWith('/');
    if (onlyFolders) pattern = pattern.slice(0, -1);
    const isRooted = pattern.includes('/');
    const expression = toExpression(pattern.replace(/^\//, ''));
    // Without a slash it is held to the last part of a path.
    const matches = (path: string): boolean =>
      expression.test(isRooted ? path : path.slice(path.lastIndexOf('/') + 1));
    return [{ matches, isNegated, onlyFolders }];
  });
}

/** The first rule that fits decides; a negated one takes all that it does not match. */
export function isHelmIgnored(rules: readonly IgnoreRule[], path: string, isFolder: boolean): boolean {
  for (const { matches, isNegated, onlyFolders } of rules) {
    if (isNegated) {
      if (onlyFolders && !isFolder) return true;
      if (!matches(path)) return true;
      continue;
    }
    if (onlyFolders && !isFolder) continue;
    if (matches(path)) return true;
  }
  return false;
}

/** Go's filepath.Match: * and ? stop at a slash, [a-z] and [^a-z], a backslash takes the next as it is. */
function toExpression(pattern: string): RegExp {
  let source = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!;
    const set = character === '[' ? /^\[\^?\]?[^\]]*\]/.exec(pattern.slice(index))?.[0] : undefined;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (set !== undefined) {
      source += set.replaceAll('\\', '\\\\');
      index += set.length - 1;
    } else if (character === '\\') source += escape(pattern[++index] ?? '\\');
    else source += escape(character);
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /(?!)/;
  }
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
