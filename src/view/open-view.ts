// Picks the view for a run by what reads it.

import type { Writable } from 'node:stream';
import { JsonView } from './json-view.ts';
import { LineView } from './line-view.ts';
import type { View } from './view.ts';

export interface OpenViewOptions {
  readonly stream: Writable & { readonly isTTY?: boolean };
  readonly json: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** JSON lines when asked for, the live list on a terminal, plain lines in CI and for a pipe. */
export async function openView(options: OpenViewOptions): Promise<View> {
  const { stream, json, env } = options;
  if (json) return new JsonView({ stream });
  if (!isLiveTerminal(stream, env)) return new LineView({ stream });
  // Late: listr2 and what it draws with are not needed for JSON and for logs.
  const { TerminalView } = await import('./terminal-view.ts');
  return new TerminalView({ stream, colors: wantsColors(stream, env) });
}

/** NO_COLOR and FORCE_COLOR as everywhere (no-color.org, force-color.org); otherwise colours on a terminal. */
export function wantsColors(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

function isLiveTerminal(
  stream: Writable & { readonly isTTY?: boolean },
  env: OpenViewOptions['env'],
): stream is NodeJS.WriteStream {
  return stream.isTTY === true && !env['CI'] && env['TERM'] !== 'dumb';
}
