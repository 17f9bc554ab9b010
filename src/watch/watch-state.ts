// Pure: what one service is at while its sources are watched, and what is to be done next.

/**
 *                    wanted differs                    start
 *        ┌─────────┐ ───────────────> ┌─────────┐ ───────────────> ┌───────────┐
 *   ───> │  idle   │                  │  dirty  │                  │  running  │ ──┐ wanted differs from the
 *        └─────────┘ <─────────────── └─────────┘ <─────────────── └───────────┘ <─┘ target: may be cancelled
 *          ^     ^     wanted is        ^     ^     cancelled, or     │     │
 *          │     │     served again     │     │     wanted differs    │     │
 *          │     │                      │     └─ by now              │     │
 *          │     └──────────────────────┼─────────────────────────────┘     │ failed, and the target
 *          │          served            │ wanted differs from               │ is still wanted
 *          │                            │ what failed                       v
 *          │                            └────────────────────────────  ┌──────────┐
 *          └──────────────────────────────────────────────────────────│  failed  │
 *                              wanted is served again                  └──────────┘
 *
 * Asked for by somebody, idle and failed become dirty, too.
 * Fingerprints say what is served, wanted and tried. `served` is undefined where the cluster holds something
 * else than a version that got ready.
 */
export type ServiceState =
  | { readonly name: 'idle'; readonly served: string }
  | { readonly name: 'dirty'; readonly served: string | undefined; readonly wanted: string }
  | {
      readonly name: 'running';
      readonly served: string | undefined;
      readonly target: string;
      readonly wanted: string;
      readonly isCancelled: boolean;
    }
  | { readonly name: 'failed'; readonly served: string | undefined; readonly failed: string };

/** How a run ended; `served` is what the cluster has after it. */
export type RunOutcome =
  | { readonly name: 'served' }
  | { readonly name: 'failed'; readonly served: string | undefined }
  | { readonly name: 'cancelled'; readonly served: string | undefined };

/** The first state of a service, or the one it settles in. */
export function settle(served: string | undefined, wanted: string): ServiceState {
  return wanted === served ? { name: 'idle', served } : { name: 'dirty', served, wanted };
}

/** The fingerprint that the service is to have, as far as it is known. */
export function wantedOf(state: ServiceState): string {
  switch (state.name) {
    case 'idle':
      return state.served;
    case 'failed':
      return state.failed;
    default:
      return state.wanted;
  }
}

/** After a look at the sources. */
export function want(state: ServiceState, wanted: string): ServiceState {
  if (state.name === 'running') return { ...state, wanted };
  // What failed is not tried again until something changes.
  if (state.name === 'failed' && wanted === state.failed) return state;
  return settle(state.served, wanted);
}

export function start(state: ServiceState): ServiceState {
  if (state.name !== 'dirty') throw impossible('start', state);
  const { served, wanted } = state;
  return { name: 'running', served, target: wanted, wanted, isCancelled: false };
}

export function cancel(state: ServiceState): ServiceState {
  if (state.name !== 'running') throw impossible('cancel', state);
  return { ...state, isCancelled: true };
}

export function end(state: ServiceState, outcome: RunOutcome): ServiceState {
  if (state.name !== 'running') throw impossible('end', state);
  const { target, wanted } = state;
  if (outcome.name === 'served') return settle(target, wanted);
  if (outcome.name === 'failed' && wanted === target) {
    return { name: 'failed', served: outcome.served, failed: target };
  }
  return settle(outcome.served, wanted);
}

/** Does again what failed, or what is served, because somebody asks for it. */
export function retry(state: ServiceState): ServiceState {
  if (state.name === 'failed') return { name: 'dirty', served: state.served, wanted: state.failed };
  return state.name === 'idle' ? { name: 'dirty', served: state.served, wanted: state.served } : state;
}

/** A service as the next decision sees it. */
export interface ServiceView {
  readonly state: ServiceState;
  /** Services that have to have been up before this one is touched. */
  readonly needs: readonly string[];
  readonly wasUp: boolean;
  /** Hints have come that nobody has looked at yet. */
  readonly isStirring: boolean;
  /** It is not to be waited for any longer. */
  readonly isForced: boolean;
  /** When the last hint came. */
  readonly stirredAtMs: number;
  /** Runs in a row that were cancelled. */
  readonly cancelCount: number;
}

/** Where edits come faster than runs can end, every third run is let end: something has to be served. */
const MOST_CANCELS = 2;

export interface Decision {
  readonly starts: readonly string[];
  readonly cancels: readonly string[];
  /** Dirty ones that wait for others, each with the reason. */
  readonly held: readonly { readonly service: string; readonly reason: string }[];
  /** When to ask again although nothing has happened. */
  readonly askAtMs: number | undefined;
}

/**
 * What can be done now. A run that a newer change has made useless is cancelled only when that change has rested
 * for `cancelRestMs`: under saves that do not end, cancelling at each would never come to an end of a run.
 */
export function decide(
  services: ReadonlyMap<string, ServiceView>,
  { nowMs, cancelRestMs }: { readonly nowMs: number; readonly cancelRestMs: number },
): Decision {
  const starts: string[] = [];
  const cancels: string[] = [];
  const held: { service: string; reason: string }[] = [];
  const asks: number[] = [];
  for (const [service, { state, needs, isStirring, isForced, stirredAtMs, cancelCount }] of services) {
    if (state.name === 'dirty') {
      const missing = needs.find((need) => services.get(need)?.wasUp === false);
      if (isStirring && !isForced) continue;
      if (missing !== undefined) held.push({ service, reason: `needs ${missing}, which has not come up` });
      else starts.push(service);
    } else if (
      state.name === 'running' &&
      state.wanted !== state.target &&
      !state.isCancelled &&
      !isStirring &&
      cancelCount < MOST_CANCELS
    ) {
      const atMs = stirredAtMs + cancelRestMs;
      if (nowMs >= atMs) cancels.push(service);
      else asks.push(atMs);
    }
  }
  return { starts, cancels, held, askAtMs: asks.length > 0 ? Math.min(...asks) : undefined };
}

function impossible(what: string, state: ServiceState): Error {
  return new Error(`a service that is ${state.name} cannot ${what}`);
}
