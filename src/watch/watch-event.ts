// Pure: what the watch loop tells.

import type { Failure } from '../failure.ts';
import type { RunEnd } from './watch-world.ts';

export type WatchEvent =
  /** All sources are followed: whatever changes from now on is noticed. Once. */
  | { readonly kind: 'following' }
  /** The fingerprint of a service has changed. */
  | {
      readonly kind: 'changed';
      readonly service: string;
      /** Absolute; what hints named, which may be more than what changed. */
      readonly paths: readonly string[];
      /** 'sweep': no event had announced it. */
      readonly foundBy: 'event' | 'sweep';
      /** It has become what serves already: there is nothing to do. */
      readonly isServed: boolean;
    }
  | { readonly kind: 'started'; readonly service: string; readonly attempt: number }
  | { readonly kind: 'cancelling'; readonly service: string }
  /** Once per reason. */
  | { readonly kind: 'held'; readonly service: string; readonly reason: string }
  | {
      readonly kind: 'ended';
      readonly service: string;
      readonly end: RunEnd;
      /** From the first hint of the change, and from the start of the run. */
      readonly sinceChangeMs: number;
      readonly durationMs: number;
    }
  /** What is wanted could not be read; what was wanted before stays. */
  | { readonly kind: 'look-failed'; readonly failure: Failure }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'polling'; readonly reason: string; readonly remedy: string }
  /** It has come into the config. */
  | { readonly kind: 'added'; readonly service: string }
  /** It is no longer in the config. */
  | { readonly kind: 'dropped'; readonly service: string };
