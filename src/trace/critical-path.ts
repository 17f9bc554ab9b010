// Pure: what the time of a run went to. Of all steps only a chain of them decides how long it takes: each began when
// the one before it ended, or when there was room for it.

import type { CriticalPath, PathPart } from '../run/events.ts';
import type { RecordedRun, RecordedStep } from './run-record.ts';

/** Below this an advice is not worth its line. */
const WORTH_MS = 1_000;

export function criticalPathOf(run: RecordedRun): CriticalPath {
  const byId = new Map(run.steps.map((step) => [step.id, step]));
  const parts: PathPart[] = [];
  let step = lastOf(run.steps);
  while (step !== undefined) {
    const before = lastOf(step.needs.flatMap((need) => byId.get(need) ?? []));
    const { id, title, group, startMs, endMs } = step;
    const waitedMs = Math.max(0, startMs - (before?.endMs ?? run.plannedMs));
    parts.unshift({ id, title, group, durationMs: endMs - startMs, waitedMs });
    step = before;
  }
  const wallMs = run.endMs;
  const beforeMs = run.plannedMs;
  const workMs = run.steps.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  // What takes long to make may be made another way; what takes long to remove is at its own pace.
  const advice = run.command === 'down' ? '' : adviseOn({ wallMs, beforeMs, parts });
  return { wallMs, beforeMs, parts, workMs, advice };
}

function lastOf(steps: readonly RecordedStep[]): RecordedStep | undefined {
  return steps.reduce<RecordedStep | undefined>(
    (last, step) => (last === undefined || step.endMs > last.endMs ? step : last),
    undefined,
  );
}

/** About the largest share of the time that something can be done about; '' where none is worth it. */
export function adviseOn({
  wallMs,
  beforeMs,
  parts,
}: Pick<CriticalPath, 'wallMs' | 'beforeMs' | 'parts'>): string {
  const waitedMs = parts.reduce((sum, part) => sum + part.waitedMs, 0);
  const shares = [
    ...parts.map((part) => ({ ms: part.durationMs, text: remedyOf(part) })),
    {
      ms: waitedMs,
      text: 'waiting for room: steps on the path were ready and others were at work. More cores help, and fewer other programs on them.',
    },
    {
      ms: beforeMs,
      text: 'looking at what is there: `slipway doctor` tells whether engine and cluster are well.',
    },
  ];
  const [largest] = shares.filter(({ text }) => text !== '').toSorted((a, b) => b.ms - a.ms);
  if (largest === undefined || largest.ms < WORTH_MS || largest.ms < wallMs / 10) return '';
  return `${Math.round((largest.ms / wallMs) * 100)} % went to ${largest.text}`;
}

function remedyOf({ id, title, group }: PathPart): string {
  const subject = id.slice(id.indexOf(':') + 1);
  switch (group) {
    case 'artifact':
      return `'${title}'. It is kept and not made again; \`--images registry\` does without it where registries answer.`;
    case 'image':
      return `'${title}'. In its Dockerfile, let what changes often come last, and leave out of its context what it does not need (.dockerignore).`;
    case 'load':
      return `'${title}'. Only layers that a node lacks are sent: keep what changes in small ones at the top.`;
    case 'cluster':
      return `'${title}'. \`slipway down --keep-cluster\` keeps it for the next time.`;
    case 'release':
    case 'addon':
      return `'${title}' until it was ready. See what it waits for (\`slipway logs ${subject}\`), and how often its readiness is probed.`;
    default:
      return '';
  }
}
