// A client that asks a URL again and again, with a new connection each time, and keeps every answer.

import { get } from 'node:http';

export interface Answer {
  readonly askedAtMs: number;
  readonly atMs: number;
  /** The body of a 200; otherwise what went wrong. */
  readonly text: string;
  readonly isGood: boolean;
}

const EVERY_MS = 50;
const TIMEOUT_MS = 5_000;

export class PollingClient implements AsyncDisposable {
  readonly answers: Answer[] = [];
  readonly #url: string;
  readonly #polling: Promise<void>;
  readonly #listeners = new Set<() => void>();
  #isStopped = false;

  constructor(url: string) {
    this.#url = url;
    this.#polling = this.#poll();
  }

  get failures(): Answer[] {
    return this.answers.filter(({ isGood }) => !isGood);
  }

  get last(): Answer | undefined {
    return this.answers.at(-1);
  }

  /** Resolves with the time of the first answer with this text to what is asked from now on. */
  async until(text: string, withinMs = 120_000): Promise<number> {
    const from = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const look = (): void => {
      const found = this.answers.find(
        ({ askedAtMs, text: told }) => askedAtMs >= from && told.includes(text),
      );
      if (found) resolve(found.atMs);
    };
    const timer = setTimeout(
      () => reject(new Error(`'${text}' was not answered within ${withinMs} ms; last: ${this.last?.text}`)),
      withinMs,
    );
    this.#listeners.add(look);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#polling;
  }

  async #poll(): Promise<void> {
    while (!this.#isStopped) {
      const askedAtMs = performance.now();
      const answer = await ask(this.#url);
      this.answers.push({ askedAtMs, atMs: performance.now(), ...answer });
      for (const listener of this.#listeners) listener();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }
}

function ask(url: string): Promise<{ text: string; isGood: boolean }> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ text, isGood: response.statusCode === 200 }));
      response.once('error', (error) => resolve({ text: error.message, isGood: false }));
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', (error) => resolve({ text: error.message, isGood: false }));
  });
}
