// Whose logs are shown while watching; keys change it.

import { parseLogFilter, type LogFilter } from './log-filter.ts';

export class LogChoice {
  #known: Parameters<typeof parseLogFilter>[1];
  #text: string;
  #filter: LogFilter;

  /** @param text as of `--logs`. Throws Failure 'usage' for a service that is not known. */
  constructor(text: string, known: Parameters<typeof parseLogFilter>[1]) {
    this.#known = known;
    this.#text = text;
    this.#filter = parseLogFilter(text, known);
  }

  /** A service that has come into the config: 'all' means it, too. */
  add(service: string): void {
    this.#known = { ...this.#known, services: [...new Set([...this.#known.services, service])] };
    if (this.#text === 'all') this.#filter = parseLogFilter(this.#text, this.#known);
  }

  /** One that has left the config is not shown any more, however it was chosen. */
  remove(service: string): void {
    this.#known = { ...this.#known, services: this.#known.services.filter((name) => name !== service) };
  }

  /** 'all', 'none' or services. */
  get text(): string {
    return this.#text;
  }

  isWanted: LogFilter = (source) => this.#known.services.includes(source.service) && this.#filter(source);

  /** All, then the selected service alone, then none. */
  next(selected: string): void {
    const isKnown = this.#known.services.includes(selected);
    this.#text = this.#text === 'all' && isKnown ? selected : this.#text === 'none' ? 'all' : 'none';
    this.#filter = parseLogFilter(this.#text, this.#known);
  }
}
