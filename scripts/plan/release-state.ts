// Pure: the states that a release goes through, and what must hold at five points on the way.
//
//            ┌────────────────────────── build-started ◄──────────────────────────┐
//            ▼                                                                    │
//        Building ─ images-built ─► Loading ─ install-started ─► Installing       │
//                                      │                             │ installed  │
//                                upgrade-started                     ▼            │
//                                      │         ┌─ pods-lost ─► Pending          │
//                                      ▼         │                   │ pods-running
//                                  Upgrading ─ upgraded ────────►    ▼            │
//                                   ▲     ▲      ├─────────────── Running         │
//                                   │     │      │                ▲  │ became-ready
//                 rollback-started ─┘     │      │  became-unready│  ▼            │
//                 (from Failed)           │      └─────────────── Ready ──────────┤
//                                         └──── upgrade-started ──┘               │
//        any of them but Ready ─ failed ─► Failed ─ build-started ────────────────┘
//                                            └─ restarted ─► Pending
//
// A chart that needs no own image passes Building and Loading in the same moment.

/** Views show these words. */
export type ReleaseState =
  | 'Building' // its images are being built
  | 'Loading' // its images are on the way into the nodes
  | 'Installing' // helm installs it for the first time
  | 'Upgrading' // helm changes what is installed
  | 'Pending' // its pods exist or will, and do not all run
  | 'Running' // its pods run and are not all ready
  | 'Ready' // its workloads are rolled out and take traffic
  | 'Failed'; // something needs a person, a new build, or a rollback

export type ReleaseEvent =
  | 'build-started'
  | 'images-built'
  | 'install-started'
  | 'upgrade-started'
  | 'installed'
  | 'upgraded'
  | 'pods-running'
  | 'pods-lost'
  | 'became-ready'
  | 'became-unready'
  | 'failed'
  | 'restarted'
  | 'rollback-started';

/** Where every release begins. */
export const INITIAL_RELEASE_STATE: ReleaseState = 'Building';

const TRANSITIONS: Readonly<Record<ReleaseState, Readonly<Partial<Record<ReleaseEvent, ReleaseState>>>>> = {
  Building: { 'images-built': 'Loading', failed: 'Failed' },
  Loading: { 'install-started': 'Installing', 'upgrade-started': 'Upgrading', failed: 'Failed' },
  Installing: { installed: 'Pending', failed: 'Failed' },
  Upgrading: { upgraded: 'Pending', failed: 'Failed' },
  Pending: { 'pods-running': 'Running', failed: 'Failed' },
  Running: { 'became-ready': 'Ready', 'pods-lost': 'Pending', failed: 'Failed' },
  Ready: {
    'became-unready': 'Running',
    'pods-lost': 'Pending',
    'build-started': 'Building',
    'upgrade-started': 'Upgrading',
  },
  Failed: { 'build-started': 'Building', restarted: 'Pending', 'rollback-started': 'Upgrading' },
};

/** The state after an event. An event that cannot happen in this state is a bug and throws. */
export function nextState(state: ReleaseState, event: ReleaseEvent): ReleaseState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`a release that is ${state} cannot take '${event}'`);
  return next;
}

/** The events that can happen in a state. */
export function possibleEvents(state: ReleaseState): ReleaseEvent[] {
  return Object.keys(TRANSITIONS[state]) as ReleaseEvent[];
}
