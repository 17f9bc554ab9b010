// What a command is given: everything that comes from the process, so that nothing else needs to touch it.

import type { Writable } from 'node:stream';
import type { Emit } from '../run/events.ts';
import type { Redactor } from '../secrets/redact.ts';
import type { Folders } from '../state/state-folders.ts';
import type { ParsedOptions } from './option-spec.ts';

export interface CommandContext {
  readonly options: ParsedOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly folders: Folders;
  readonly homeFolder: string;
  /** Absolute path. The paths in it are relative to its folder. */
  readonly configFile: string;
  /** Node's name of the operating system: 'linux', 'darwin'. */
  readonly system: string;
  /** Node's name of the architecture: 'x64', 'arm64'. */
  readonly architecture: string;
  readonly isRoot: boolean;
  readonly signal: AbortSignal;
  /** Everything that it has been told is taken out of what `emit` and `print` show. */
  readonly redactor: Redactor;
  readonly emit: Emit;
  /** Text for standard output: tables, logs. */
  readonly print: (text: string) => void;
  /** Standard output itself: for what asks whether its reader keeps up, and whether it shows colours. */
  readonly output: Writable & { readonly isTTY?: boolean };
  /** True when a person can answer a question. */
  readonly isInteractive: boolean;
  /** Asks yes or no on the terminal; resolves false when the run is interrupted. */
  readonly confirm: (question: string) => Promise<boolean>;
}
