// Builders of events for tests of views.

import type { PlannedStep, RunEvent } from '../../../src/run/events.ts';

export function step(id: string, action: 'do' | 'skip' = 'do'): PlannedStep {
  const [group = '', subject = ''] = id.split(':');
  return { id, title: `${group} ${subject}`, group, action, reason: 'not in the engine', needs: [] };
}

export function runStarted(...steps: PlannedStep[]): RunEvent {
  return { type: 'run-started', command: 'up', environment: 'todo', at: '2026-01-01T00:00:00.000Z', steps };
}

export function started(id: string): RunEvent {
  return { type: 'step-started', id, at: '2026-01-01T00:00:00.000Z' };
}

export function failed(id: string, message: string): RunEvent {
  return {
    type: 'step-failed',
    id,
    durationMs: 900,
    code: 'build',
    message,
    hint: 'Look at it',
    details: ['line 1', 'line 2'],
  };
}

export function runEnded(outcome: 'done' | 'nothing-to-do' | 'failed' | 'interrupted'): RunEvent {
  return {
    type: 'run-ended',
    outcome,
    durationMs: 62_000,
    urls: [
      { name: 'todo', url: 'http://todo.local:8080/' },
      { name: 'dashboard', url: 'http://127.0.0.1:9000/' },
    ],
    summary: ['3 images built'],
  };
}

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

const at = '2026-01-01T00:00:00.000Z';

export function watchStarted(...services: string[]): EventOf<'watch-started'> {
  const how = { by: 'events', sweepEveryMs: 15_000, failed: [] } as const;
  return { type: 'watch-started', environment: 'todo', at, services, ...how };
}

export function changed(service: string, ...paths: string[]): EventOf<'service-changed'> {
  const found = { pathCount: paths.length, foundBy: 'event', isServed: false } as const;
  return { type: 'service-changed', service, at, paths, ...found };
}

export function serviceStarted(service: string): EventOf<'service-started'> {
  return { type: 'service-started', service, at };
}

export function served(service: string): EventOf<'service-ended'> {
  const times = { sinceChangeMs: 2_100, durationMs: 2_000, buildMs: 900, deployMs: 1_000 };
  const what = 'image a sha-1 → sha-2';
  return { type: 'service-ended', service, at, outcome: 'served', what, ...times };
}

export function serviceFailed(service: string, rolledBackTo?: string): EventOf<'service-ended'> {
  const failure = { code: 'build', message: 'it broke', details: ['line 1'] };
  return { ...served(service), outcome: 'failed', failure, rolledBackTo };
}
