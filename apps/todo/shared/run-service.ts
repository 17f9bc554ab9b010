// The life of a service as a process: listen, wait for a signal, drain, end.

import { HttpService } from './http-service.ts';
import type { ServiceOptions } from './http-service.ts';

export interface RunOptions extends ServiceOptions {
  readonly port: number;
  /** How long requests are still served after the signal, until every proxy has heard that the pod is leaving. */
  readonly drainMs: number;
  /** Called when that time is over: answers that would never end by themselves (streams) are ended here. */
  readonly onDrained?: () => void;
  /** Called last, when no request is in flight any more: close pools, stop timers. */
  readonly onStop?: () => Promise<void>;
}

/** After draining, requests in flight get this long. */
const graceMs = 5_000;

/** Runs until SIGTERM or SIGINT; resolves when everything is closed. A second signal ends the waiting. */
export async function runService(options: RunOptions): Promise<void> {
  const { log } = options;
  const stop = Promise.withResolvers<NodeJS.Signals>();
  const stopNow = Promise.withResolvers<void>();
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals === 1) stop.resolve(signal);
    else stopNow.resolve();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  const service = new HttpService(options);
  const port = await service.listen(options.port);
  log('info', 'listening', { port });

  const signal = await stop.promise;
  log('info', 'draining', { signal, drainMs: options.drainMs });
  service.drain();
  await pause(options.drainMs, stopNow.promise);
  options.onDrained?.();
  await service.stop(signals > 1 ? 0 : graceMs);
  await options.onStop?.();
  log('info', 'stopped');
  process.off('SIGTERM', onSignal);
  process.off('SIGINT', onSignal);
}

/** So long, or until the other promise resolves. A timer that is left behind would keep the process up. */
async function pause(durationMs: number, until: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, durationMs);
  await Promise.race([over.promise, until]);
  clearTimeout(timer);
}
