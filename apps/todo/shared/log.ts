// One JSON object per line: what `kubectl logs` and every collector can read.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Writes lines of at least `minimum`; an unknown level means 'info'. */
export function createLog(service: string, minimum: string, write: (line: string) => void): Log {
  const known = order.indexOf(minimum as LogLevel);
  const threshold = known === -1 ? order.indexOf('info') : known;
  return (level, message, fields = {}) => {
    if (order.indexOf(level) < threshold) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, service, message, ...fields })}\n`);
  };
}

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An AggregateError of a refused connection has no message of its own: its parts have.
  const parts = error instanceof AggregateError ? error.errors.map(errorText) : [];
  const text = error.message || parts.join('; ') || error.name;
  // fetch says no more than 'fetch failed': what happened is in its cause.
  return text === 'fetch failed' && error.cause !== undefined ? `${text}: ${errorText(error.cause)}` : text;
}
