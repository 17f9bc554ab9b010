// Pure: one line of a log.

export interface LogLine {
  /** Name of the release. */
  readonly service: string;
  readonly pod: string;
  readonly container: string;
  /** Without line break. */
  readonly line: string;
}

/** '2026-01-01T00:00:00.000000000Z text', as the API gives a line with its time. */
export function splitTime(text: string): { readonly time: string; readonly line: string } {
  const end = text.indexOf(' ');
  return end < 0 ? { time: text, line: '' } : { time: text.slice(0, end), line: text.slice(end + 1) };
}
