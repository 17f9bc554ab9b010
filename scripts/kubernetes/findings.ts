// Pure: what was found out about one object of a release, and the words for it.
import type { ClusterObject } from './cluster-api.ts';
import { type Condition, conditionOf, type EventFields, statusOf } from './object-shapes.ts';
import type { Culprit } from './pod-trouble.ts';

export interface Findings {
  /** 'deployment backend: 1 of 2 pods ready' */
  readonly waitingFor: readonly string[];
  readonly culprits: readonly Culprit[];
  /** Whether the pods that it is about exist and run. */
  readonly isRunning: boolean;
  /** Pods of the newest revision, for objects that have pods. */
  readonly pods?: PodCount;
}

export interface PodCount {
  readonly ready: number;
  /** How many there shall be. */
  readonly wanted: number;
  /** Those that are there and not ready. */
  readonly unready: readonly ClusterObject[];
}

export const FINE: Findings = { waitingFor: [], culprits: [], isRunning: true };

/** Something that will come if one waits. */
export function waitingFor(text: string, isRunning = true): Findings {
  return { waitingFor: [text], culprits: [], isRunning };
}

/** Something that waiting does not mend. */
export function blockedBy(culprit: Culprit, isRunning = true): Findings {
  return { waitingFor: [], culprits: [culprit], isRunning };
}

/** Undefined when the condition holds; else that it does not, and what the object says about it. */
export function unmetCondition(object: ClusterObject, type: string): string | undefined {
  const { conditions } = statusOf<{ conditions: readonly Condition[] }>(object);
  const condition = conditionOf(conditions, type);
  if (condition?.status === 'True') return undefined;
  return `not ${type} yet${condition?.message ? ` (${condition.message})` : ''}`;
}

/** The events about an object. */
export function eventsOf(object: ClusterObject, live: readonly ClusterObject[]): ClusterObject[] {
  const { uid } = object.metadata;
  return live.filter((item) => {
    const { involvedObject } = item as EventFields;
    return item.kind === 'Event' && uid !== undefined && involvedObject?.uid === uid;
  });
}
