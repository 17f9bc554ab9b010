// Keys of the terminal while watching: they select a service and act on it.

import { emitKeypressEvents, type Key } from 'node:readline';
import type { RunEvent } from '../run/events.ts';
import type { AskedWork } from './service-steps.ts';
import type { NamedUrl } from '../up/describe-access.ts';

export interface WatchKeysOptions {
  /** Standard input, a terminal. */
  readonly input: NodeJS.ReadStream;
  /** As the config has them by now. */
  readonly services: () => readonly string[];
  readonly urls: readonly NamedUrl[];
  readonly logs: { readonly text: string; next(selected: string): void };
  readonly act: (service: string, work: AskedWork) => void;
  readonly open: (url: NamedUrl) => void;
  readonly quit: () => void;
  readonly emit: (event: Extract<RunEvent, { type: 'watch-controls' }>) => void;
}

/** Takes the terminal's keys from the start on; gives them back when it is disposed. */
export class WatchKeys implements Disposable {
  readonly #options: WatchKeysOptions;
  #chosen = '';
  readonly #onKey = (_text: string | undefined, key: Key): void => this.#press(key);

  constructor(options: WatchKeysOptions) {
    this.#options = options;
    const { input } = options;
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on('keypress', this.#onKey);
    input.resume();
    this.#tell();
  }

  [Symbol.dispose](): void {
    const { input } = this.#options;
    input.off('keypress', this.#onKey);
    input.setRawMode(false);
    input.pause();
  }

  get #selected(): string {
    const services = this.#options.services();
    return services.includes(this.#chosen) ? this.#chosen : (services[0] ?? '');
  }

  #press({ name, ctrl, sequence = '' }: Key): void {
    const { urls, logs, act, open, quit } = this.#options;
    // Without a line discipline the terminal makes no signal of it.
    if (name === 'q' || (ctrl === true && name === 'c')) return quit();
    if (name === 'down' || name === 'j') this.#choose(1);
    else if (name === 'up' || name === 'k') this.#choose(-1);
    else if (name === 'b') act(this.#selected, 'rebuild');
    else if (name === 'r') act(this.#selected, 'restart');
    else if (name === 'l') logs.next(this.#selected);
    else {
      const url = urls[name === 'o' ? 0 : Number(sequence) - 1];
      if (url) open(url);
      return;
    }
    this.#tell();
  }

  #choose(by: 1 | -1): void {
    const services = this.#options.services();
    this.#chosen = services.at((services.indexOf(this.#selected) + by) % services.length) ?? '';
  }

  #tell(): void {
    const { urls, logs, emit } = this.#options;
    const selected = this.#selected;
    const links = urls
      .slice(0, 9)
      .map(({ name }, index) => ({ key: String(index + 1), does: `open ${name}` }));
    emit({
      ...{ type: 'watch-controls', selected },
      keys: [
        { key: '↑↓', does: 'select' },
        { key: 'b', does: `build ${selected}` },
        { key: 'r', does: `restart ${selected}` },
        { key: 'l', does: `logs: ${logs.text}` },
        ...links,
        { key: 'q', does: 'quit' },
      ],
    });
  }
}
