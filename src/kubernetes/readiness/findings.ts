// Pure: what was found out about one object of a release, and the words for it.
import type { ClusterObject } from '../client/cluster-api.ts';
import { type Condition, conditionOf, type EventFields, statusOf } from '../object-shapes.ts';
import type { FailureCause } from './pod-trouble.ts';

export interface Findings {
  /** 'deployment backend: 1 of 2 pods ready' */
  readonly waitingFor: readonly string[];
  /** What waiting does not mend. */
  readonly failureCauses: readonly FailureCause[];
  /** What is wrong and may mend itself. */
  readonly troubles?: readonly FailureCause[];
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

export const FINE: Findings = { waitingFor: [], failureCauses: [], isRunning: true };

/** Something that will come if one waits, as far as anybody knows; with what is in its way. */
export function waitingFor(text: string, isRunning = true, trouble?: FailureCause): Findings {
  return {
    waitingFor: [text],
    failureCauses: [],
    isRunning,
    ...(trouble === undefined ? {} : { troubles: [trouble] }),
  };
}

/** Something that waiting does not mend. */
export function blockedBy(failureCause: FailureCause, isRunning = true): Findings {
  return { waitingFor: [], failureCauses: [failureCause], isRunning };
}

/** The first line of a message from outside, with a small letter, to go on in a sentence. */
export function inSentence(message: string): string {
  const [line = ''] = message.trim().split('\n');
  const text = line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

const MAX_MESSAGE = 300;

/** Undefined when the condition holds; else that it does not, and what the object says about it. */
export function unmetCondition(object: ClusterObject, type: string): string | undefined {
  const { conditions } = statusOf<{ conditions: readonly Condition[] }>(object);
  const condition = conditionOf(conditions, type);
  if (condition?.status === 'True') return undefined;
  return `not ${type} yet${condition?.message ? ` (${condition.message})` : ''}`;
}

/** The events about an object; those about an earlier one of its name are not among them. */
export function eventsOf(object: ClusterObject, live: readonly ClusterObject[]): ClusterObject[] {
  const { uid } = object.metadata;
  return live.filter((item) => {
    const { involvedObject } = item as EventFields;
    return item.kind === 'Event' && uid !== undefined && involvedObject?.uid === uid;
  });
}
