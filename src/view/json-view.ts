// For programs: one event per line, as it is.

import type { Writable } from 'node:stream';
import type { RunEvent } from '../run/events.ts';
import { LineWriter } from './line-writer.ts';
import { printableJson } from './printable.ts';
import type { View } from './view.ts';

export class JsonView implements View {
  readonly #lines: LineWriter;

  constructor(options: { readonly stream: Writable }) {
    this.#lines = new LineWriter(options.stream, {
      missed: (count) =>
        JSON.stringify({
          ...{ type: 'note', level: 'warn' },
          text: `${count} events are missing here: they were not read in time`,
        } satisfies RunEvent),
    });
  }

  show(event: RunEvent): void {
    this.#lines.write(printableJson(JSON.stringify(event)));
  }

  close(): Promise<void> {
    return this.#lines.close();
  }
}
