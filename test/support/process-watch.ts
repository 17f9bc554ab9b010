// What a process that runs for long uses, measured again and again.

import { readdir, readFile } from 'node:fs/promises';

export interface ProcessUse {
  /** What it still refers to, heap and buffers: measured after a garbage collection, so growth is a leak. */
  readonly liveMegabytes: number;
  /** What the system gives it; how much of it is garbage is up to V8, which lets it grow for minutes. */
  readonly residentMegabytes: number;
  /** Open files, sockets, watchers. */
  readonly handles: number;
}

/** An answer to Runtime.getHeapUsage of the Chrome DevTools Protocol, in bytes. */
interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize: number;
}

/** Measures a process of Node started with `inspectorFlag`. Linux only. */
export class ProcessProbe implements Disposable {
  /** Opens the inspector at any free port, and says on stderr at which. */
  static readonly inspectorFlag = '--inspect=127.0.0.1:0';
  readonly #pid: number;
  readonly #socket: WebSocket;
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: object };
      const asked = this.#asked.get(answer.id ?? 0);
      if (answer.error) asked?.reject(new Error(JSON.stringify(answer.error)));
      else asked?.resolve(answer.result);
    });
    socket.addEventListener('close', () => {
      for (const { reject } of this.#asked.values()) reject(new Error(`process ${pid} is gone`));
    });
  }

  /** `stderr` is what the process has said so far. */
  static async open(pid: number, stderr: string): Promise<ProcessProbe> {
    const url = /^Debugger listening on (ws:\S+)$/m.exec(stderr)?.[1];
    if (!url) throw new Error(`process ${pid} has no inspector open: ${stderr}`);
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    return new ProcessProbe(pid, socket);
  }

  async measure(): Promise<ProcessUse> {
    await this.#ask('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize } = (await this.#ask('Runtime.getHeapUsage')) as HeapUsage;
    const status = await readFile(`/proc/${this.#pid}/status`, 'utf8');
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
    const handles = (await readdir(`/proc/${this.#pid}/fd`)).length;
    return {
      liveMegabytes: (usedSize + backingStorageSize) / 1e6,
      residentMegabytes: kilobytes / 1000,
      handles,
    };
  }

  async #ask(method: string): Promise<unknown> {
    const id = ++this.#lastId;
    const asked = Promise.withResolvers<unknown>();
    this.#asked.set(id, asked);
    this.#socket.send(JSON.stringify({ id, method }));
    return asked.promise.finally(() => this.#asked.delete(id));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** The largest of each, in the first and in the last third of the time. */
export function growthOf(uses: readonly ProcessUse[]): {
  readonly first: ProcessUse;
  readonly last: ProcessUse;
} {
  const third = Math.ceil(uses.length / 3);
  return { first: mostOf(uses.slice(0, third)), last: mostOf(uses.slice(-third)) };
}

function mostOf(uses: readonly ProcessUse[]): ProcessUse {
  return {
    liveMegabytes: Math.max(...uses.map(({ liveMegabytes }) => liveMegabytes)),
    residentMegabytes: Math.max(...uses.map(({ residentMegabytes }) => residentMegabytes)),
    handles: Math.max(...uses.map(({ handles }) => handles)),
  };
}
