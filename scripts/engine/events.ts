// The closed union of everything that a run tells: views, the JSON output and the trace are made of nothing else.

import type { ReleaseState } from '../plan/release-state.ts';

export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly action: 'do' | 'skip';
  readonly reason: string;
  readonly needs: readonly string[];
}

export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly command: string;
      readonly environment: string;
      /** ISO 8601. */
      readonly at: string;
      readonly steps: readonly PlannedStep[];
    }
  | { readonly type: 'step-started'; readonly id: string; readonly at: string }
  | {
      readonly type: 'step-progress';
      readonly id: string;
      readonly text: string;
      readonly done?: number;
      readonly total?: number;
      readonly unit?: string;
    }
  | { readonly type: 'step-done'; readonly id: string; readonly durationMs: number; readonly note?: string }
  | {
      readonly type: 'step-failed';
      readonly id: string;
      readonly durationMs: number;
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
      readonly details: readonly string[];
    }
  /** It was not started, or was stopped, because of something else. */
  | { readonly type: 'step-cancelled'; readonly id: string; readonly reason: string }
  | {
      readonly type: 'release-state';
      readonly release: string;
      readonly from: ReleaseState | undefined;
      readonly to: ReleaseState;
    }
  | { readonly type: 'note'; readonly level: 'info' | 'warn'; readonly text: string }
  | {
      readonly type: 'run-ended';
      readonly outcome: 'done' | 'nothing-to-do' | 'failed' | 'interrupted';
      readonly durationMs: number;
      readonly urls: readonly { readonly name: string; readonly url: string }[];
      readonly summary: readonly string[];
    };

export type Emit = (event: RunEvent) => void;
