// The closed union of everything that a run tells: views, the JSON output and the trace are made of nothing else.

import type { ReleaseState } from '../plan/release-state.ts';

/** A step on the chain that decided how long a run took. */
export interface PathPart {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly durationMs: number;
  /** Between the end of the last thing that it needed and its start: it waited for room. */
  readonly waitedMs: number;
}

/** What the time of a run went to. */
export interface CriticalPath {
  /** From the beginning of the command. */
  readonly wallMs: number;
  /** Before the plan was there: opening, and looking at what is there. */
  readonly beforeMs: number;
  /** In the order in which they ran. */
  readonly parts: readonly PathPart[];
  /** Of all steps together: how much of it went on at the same time shows against `wallMs`. */
  readonly workMs: number;
  /** The best thing to do about it, for people. */
  readonly advice: string;
}

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
  /** The environment is up and its sources are followed from now on. */
  | {
      readonly type: 'watch-started';
      readonly environment: string;
      readonly at: string;
      readonly services: readonly string[];
      /** Those that did not come up: they are tried again when something of theirs changes. */
      readonly failed: readonly string[];
      readonly by: 'events' | 'polling';
      readonly sweepEveryMs: number;
    }
  | {
      readonly type: 'service-changed';
      readonly service: string;
      readonly at: string;
      /** Relative to the project, the first few of `pathCount`. */
      readonly paths: readonly string[];
      readonly pathCount: number;
      /** 'sweep': no event of the file system had announced it. */
      readonly foundBy: 'event' | 'sweep';
      /** It has become what serves already: there is nothing to do. */
      readonly isServed: boolean;
    }
  /** It has come into the config while it is watched, or has left it. */
  | { readonly type: 'service-added' | 'service-dropped'; readonly service: string; readonly at: string }
  | { readonly type: 'service-started'; readonly service: string; readonly at: string }
  /** What is being done for it, or waited for. */
  | {
      readonly type: 'service-progress';
      readonly service: string;
      readonly step: string;
      readonly text: string;
    }
  | { readonly type: 'service-held'; readonly service: string; readonly reason: string }
  | {
      readonly type: 'service-ended';
      readonly service: string;
      readonly at: string;
      /** 'superseded': something newer is wanted; what serves is as before. */
      readonly outcome: 'served' | 'failed' | 'superseded';
      /** What was new: 'image backend sha-1 → sha-2'. */
      readonly what: string;
      /** From the first sign of the change. */
      readonly sinceChangeMs: number;
      readonly durationMs: number;
      readonly buildMs?: number | undefined;
      readonly loadMs?: number | undefined;
      readonly deployMs?: number | undefined;
      /** Of a failure. */
      readonly failure?:
        | {
            readonly code: string;
            readonly message: string;
            readonly hint?: string | undefined;
            readonly details: readonly string[];
          }
        | undefined;
      /** What serves again in the place of a version that did not get ready. */
      readonly rolledBackTo?: string | undefined;
    }
  /** Pods of a service that nobody works on have got into trouble, or out of it: then all are ready. */
  | {
      readonly type: 'service-health';
      readonly service: string;
      readonly at: string;
      readonly ready: number;
      readonly total: number;
      readonly trouble?: string | undefined;
    }
  /** A line of a container's log. */
  | {
      readonly type: 'service-log';
      readonly service: string;
      readonly pod: string;
      readonly container: string;
      readonly line: string;
    }
  /** A port of this machine that leads into the cluster: told whenever its state changes. */
  | {
      readonly type: 'forward-state';
      readonly name: string;
      readonly at: string;
      /** '127.0.0.1:15432'. */
      readonly address: string;
      /** What it leads to: 'postgres:5432'. */
      readonly target: string;
      /** 'ready': the next connection goes to `pod`; 'waiting': it is held until there is one; 'failed': refused. */
      readonly state: 'ready' | 'waiting' | 'failed';
      readonly pod?: string | undefined;
      /** Why it is not ready. */
      readonly reason?: string | undefined;
    }
  /** What the keys of the terminal do now; told only where there is one. */
  | {
      readonly type: 'watch-controls';
      /** The service that keys act on. */
      readonly selected: string;
      readonly keys: readonly { readonly key: string; readonly does: string }[];
    }
  | { readonly type: 'note'; readonly level: 'info' | 'warn'; readonly text: string }
  | {
      readonly type: 'run-ended';
      readonly outcome: 'done' | 'nothing-to-do' | 'failed' | 'interrupted';
      readonly durationMs: number;
      readonly urls: readonly { readonly name: string; readonly url: string }[];
      readonly summary: readonly string[];
      /** What the time went to; absent when nothing was done. */
      readonly path?: CriticalPath;
    };

export type Emit = (event: RunEvent) => void;
