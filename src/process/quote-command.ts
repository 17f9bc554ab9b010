// Pure: a command as one line that a shell reads back into exactly the same arguments.

/** Quotes one argument for a POSIX shell; plain words stay as they are. */
export function quoteArgument(argument: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** The same for a line that people read and paste: what a terminal would act on, a line break too, is a number. */
export function shownArgument(argument: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(argument)) return quoteArgument(argument);
  // bash, zsh, ksh and POSIX of 2024 know it.
  return `$'${[...argument].map(dollarQuoted).join('')}'`;
}

function dollarQuoted(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character)) return character;
  const bytes = new TextEncoder().encode(character);
  return Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** Replaces each secret by asterisks. Empty strings are skipped: they would match everywhere. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  const longestFirst = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  return longestFirst.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

/** The command for people to read and to paste, without its secrets. */
export function quoteCommand(
  program: string,
  args: readonly string[],
  secrets: readonly string[] = [],
): string {
  // Redacted before quoting: quoting changes a secret that holds a quote, and it would no longer match.
  return [program, ...args].map((argument) => shownArgument(redactText(argument, secrets))).join(' ');
}
