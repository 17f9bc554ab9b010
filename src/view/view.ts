// Port: shows a run to somebody. Made of nothing but the events of the run.

import type { RunEvent } from '../run/events.ts';

export interface View {
  /** Takes the next event. Never throws and never waits. */
  show(event: RunEvent): void;
  /** Ends the display and resolves when everything is written. Safe at any time, and twice. */
  close(): Promise<void>;
}
