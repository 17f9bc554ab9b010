// Pure: the one layer through which everything passes that is shown or stored.

import { formsOf, isArmour, partsOf, standsForItself, wordsOf, type SecretOrigin } from './secret-forms.ts';

/** Shorter values would black out half of every text; nothing that short can be kept secret anyway. */
const SHORTEST = 4;
const MASK = '‹secret›';
/** Of a text that was cut off in the middle of a secret, so much of its beginning is hidden. */
const SHORTEST_CUT = 8;

interface Known {
  readonly value: string;
  readonly origin: SecretOrigin | undefined;
}

interface Patterns {
  /** Hidden wherever they stand. */
  readonly everywhere: RegExp | undefined;
  /** Hidden where they are given as the value; what stands before the value is kept. */
  readonly asValue: readonly RegExp[];
  readonly whole: readonly string[];
}

/** Knows the secrets of a run and takes them out of texts, in the forms in which they usually travel. */
export class Redactor {
  readonly #known = new Map<string, Known>();
  readonly #names = new Set<string>();
  #patterns: Patterns | undefined;

  /**
   * From now on this value is hidden, also in base64 and as part of a URL. Where its origin is told, one that is no
   * more than a word (a user name, what is the name of something) is hidden only where it stands as a value.
   */
  add(secret: string, origin?: SecretOrigin): void {
    this.#take(secret, origin);
    for (const part of origin === undefined ? [] : partsOf(secret, origin))
      this.#take(part.text, part.origin);
  }

  /** Names of things in the config: they stay readable where a secret has such a value. */
  addNames(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name.toLowerCase());
    this.#patterns = undefined;
  }

  /** The text without any secret. */
  redact(text: string): string {
    const { everywhere, asValue, whole } = (this.#patterns ??= this.#compile());
    let shown = everywhere === undefined ? text : text.replaceAll(everywhere, MASK);
    for (const pattern of asValue)
      shown = shown.replaceAll(pattern, (_, before: string) => `${before}${MASK}`);
    return withoutCut(shown, whole);
  }

  /** The event, with every text in it redacted. What kind it is stays: a secret 'note' is no reason to lose all notes. */
  redactEvent<T extends { readonly type: string }>(event: T): T {
    return { ...mapTexts(event, (text) => this.redact(text)), type: event.type };
  }

  #take(value: string, origin: SecretOrigin | undefined): void {
    if (value.length < SHORTEST) return;
    const id = JSON.stringify([value, origin?.key, origin?.isGenerated]);
    if (this.#known.has(id)) return;
    this.#known.set(id, { value, origin });
    this.#patterns = undefined;
  }

  #compile(): Patterns {
    const everywhere = new Set<string>();
    const whole = new Set<string>();
    const asValue: RegExp[] = [];
    for (const { value, origin } of this.#known.values()) {
      if (!standsForItself(value, origin, this.#names)) {
        asValue.push(...valuePatterns(value, origin!));
        continue;
      }
      whole.add(value);
      for (const form of formsOf(value)) everywhere.add(form);
      // A log shows one line at a time.
      const lines = value.split(/\r?\n/);
      if (lines.length < 2) continue;
      for (const line of lines)
        if (!isArmour(line) && standsForItself(line, origin, this.#names))
          for (const form of formsOf(line)) everywhere.add(form);
    }
    const forms = [...everywhere].filter((form) => form.length >= SHORTEST);
    // Longest first: a secret that contains another one must go as a whole.
    const sources = forms.sort((left, right) => right.length - left.length).map((form) => literal(form));
    return {
      everywhere: sources.length === 0 ? undefined : new RegExp(sources.join('|'), 'g'),
      asValue,
      whole: [...whole],
    };
  }
}

/** The same value with every text in it changed; keys stay. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)])) as T;
}

/** In a URL before the @, behind the name of its key or a word for passwords, and alone in base64. */
function valuePatterns(value: string, { key }: SecretOrigin): RegExp[] {
  const forms = [...new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])];
  const one = `(?:${forms.map((form) => literal(form)).join('|')})`;
  const ends = `(?![\\w-])`;
  // 'database-password', 'DATABASE_PASSWORD', 'databasePassword', 'database.password'.
  const own = wordsOf(key)
    .map((word) => literal(word))
    .join('[-_. ]?');
  const words = `${own === '' ? '' : `${own}|`}password|passwd|passphrase|pwd|api[-_ ]?key`;
  const base64 = btoa(
    Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join(''),
  );
  return [
    new RegExp(`(://)${one}(?=[:@])`, 'g'),
    new RegExp(`(://[^\\s/@:]*:)${one}(?=@)`, 'g'),
    new RegExp(`((?:${words})\\\\*["']?\\s*(?:=>|:=|[=:])\\s*\\\\*["']?)${one}${ends}`, 'gi'),
    new RegExp(`((?:password|passwd|passphrase)\\s+(?:is\\s+)?["'\`]?)${one}${ends}`, 'gi'),
    ...(base64.length < SHORTEST * 2
      ? []
      : [new RegExp(`((?<![\\w+/-]))${literal(base64)}(?![\\w+/=-])`, 'g')]),
  ];
}

/** Whoever made the text may have cut it off where a secret stood; half of one is as good as the whole. */
function withoutCut(text: string, secrets: readonly string[]): string {
  const end = text.replace(/(…|\.\.\.)?\s*$/, '');
  for (const secret of secrets) {
    const least = Math.max(SHORTEST_CUT, Math.ceil(secret.length / 2));
    const start = end.lastIndexOf(secret.slice(0, least));
    if (start < 0 || end.length - start >= secret.length || !secret.startsWith(end.slice(start))) continue;
    return `${end.slice(0, start)}${MASK}${text.slice(end.length)}`;
  }
  return text;
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
