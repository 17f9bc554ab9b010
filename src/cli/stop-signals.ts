// Turns the signals that ask a process to stop into one AbortSignal.

import { Failure } from '../failure.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal aborts: children are ended, what is whole is kept, and the command ends by itself.
 * npm sends its own copy of a signal beside the terminal's, so a second one within a second is the same request;
 * a later one ends the process at once (children are in process groups of their own and get SIGKILL from `onForce`).
 * A stream that nobody reads any more (`| head`) is a request to stop, too: the run must not end in the middle of an act.
 */
export function listenForStop(
  onForce: () => void,
  streams: readonly NodeJS.WriteStream[] = [],
): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let firstAt = 0;
  function stop(name: NodeJS.Signals): void {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort(new Failure('interrupted', `interrupted by ${name}`));
    } else if (performance.now() - firstAt > 1000) {
      onForce();
    }
  }
  for (const name of STOP_SIGNALS) process.on(name, stop);
  for (const stream of streams)
    // It stays: each further write to the stream fails anew.
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      const text = cause.code === 'EPIPE' ? 'nobody reads the output any more' : cause.message;
      if (!controller.signal.aborted)
        controller.abort(new Failure('interrupted', `interrupted: ${text}`, { cause }));
    });
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of STOP_SIGNALS) process.off(name, stop);
    },
  };
}
