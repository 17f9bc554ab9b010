// Pure: the one layer through which everything passes that is shown or stored.

/** Shorter values would black out half of every text; nothing that short can be kept secret anyway. */
const SHORTEST = 4;
const MASK = '‹secret›';

/** Knows the secrets of a run and takes them out of texts, in the forms in which they usually travel. */
export class Redactor {
  readonly #forms = new Set<string>();

  /** From now on this value is hidden, also in base64 and as part of a URL. */
  add(secret: string): void {
    if (secret.length < SHORTEST) return;
    const bytes = Array.from(new TextEncoder().encode(secret), (byte) => String.fromCharCode(byte)).join('');
    const base64 = btoa(bytes);
    const forms = [
      secret,
      base64,
      base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
      encodeURIComponent(secret),
      encodeURIComponent(base64),
      JSON.stringify(secret).slice(1, -1),
      // A log shows one line at a time.
      ...secret.split(/\r?\n/),
    ];
    for (const form of forms) if (form.length >= SHORTEST) this.#forms.add(form);
  }

  /** The text without any secret. */
  redact(text: string): string {
    // Longest first: a secret that contains another one must go as a whole.
    const forms = [...this.#forms].sort((a, b) => b.length - a.length);
    return forms.reduce((rest, form) => rest.replaceAll(form, MASK), text);
  }

  /** The event, with every text in it redacted. What kind it is stays: a secret 'note' is no reason to lose all notes. */
  redactEvent<T extends { readonly type: string }>(event: T): T {
    return { ...(this.#redactDeep(event) as T), type: event.type };
  }

  #redactDeep(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(value);
    if (Array.isArray(value)) return value.map((item) => this.#redactDeep(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#redactDeep(item)]));
  }
}
