// Runs a command of Slipway as a person does, in a process of its own, and reads its events.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../src/run/events.ts';
import type { ProjectCopy } from './project-copy.ts';

export interface SlipwayRequest {
  readonly project: Pick<ProjectCopy, 'configFile' | 'env'>;
  readonly command: 'up' | 'down' | 'plan' | 'status' | 'logs' | 'doctor' | 'check';
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of the test: when it is aborted, the command is interrupted. */
  readonly signal: AbortSignal;
  /** The command is interrupted, as by Ctrl+C, at the first event for which this is true. */
  readonly interruptAt?: (event: RunEvent) => boolean;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface SlipwayRun {
  readonly exitCode: number | null;
  readonly events: readonly RunEvent[];
  /** Lines of standard output that are no events. */
  readonly text: string;
  readonly stderr: string;
  /** From the interrupt to the end of the process; undefined when there was no interrupt. */
  readonly msAfterInterrupt: number | undefined;
  /** Command lines of the run's own processes just before the interrupt. */
  readonly processesAtInterrupt: readonly string[];
  /** Command lines of those of its processes that live now. */
  readonly processes: () => Promise<string[]>;
}

const MARKER = 'SLIPWAY_TEST_RUN';
const projectFolder = join(import.meta.dirname, '../..');

export async function runSlipway(request: SlipwayRequest): Promise<SlipwayRun> {
  const { project, command, args = [], signal } = request;
  signal.throwIfAborted();
  const marker = randomUUID();
  const child = spawn(
    process.execPath,
    [join(projectFolder, 'scripts', `${command}.ts`), '--config', project.configFile, '--json', ...args],
    {
      cwd: projectFolder,
      env: { ...process.env, ...project.env, ...request.env, [MARKER]: marker },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let interruptedAt: number | undefined;
  let hasReachedMoment = false;
  let processesAtInterrupt: readonly string[] = [];
  function interrupt(): void {
    interruptedAt ??= performance.now();
    child.kill('SIGINT');
  }
  signal.addEventListener('abort', interrupt, { once: true });
  const events: RunEvent[] = [];
  const text: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = readEvent(line);
    if (event === undefined) {
      text.push(line);
      return;
    }
    events.push(event);
    request.onEvent?.(event);
    if (hasReachedMoment || !request.interruptAt?.(event)) return;
    hasReachedMoment = true;
    void processesOf(marker).then((processes) => {
      processesAtInterrupt = processes;
      interrupt();
    });
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const msAfterInterrupt = interruptedAt === undefined ? undefined : performance.now() - interruptedAt;
  signal.removeEventListener('abort', interrupt);
  signal.throwIfAborted();
  return {
    exitCode,
    events,
    text: text.join('\n'),
    stderr,
    msAfterInterrupt,
    processesAtInterrupt,
    processes: () => processesOf(marker),
  };
}

/** Waits until nothing that the run has started lives any more, and gives what lives on after `withinMs`. */
export async function orphansAfter(
  run: SlipwayRun,
  withinMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const orphans = await run.processes();
    if (orphans.length === 0 || performance.now() > deadline) return orphans;
    await sleep(200, undefined, { signal });
  }
}

/** Throws, with what the run has said, when it ended with another exit code. */
export function expectExit(run: SlipwayRun, exitCode: number): void {
  if (run.exitCode !== exitCode) throw new Error(`not exit code ${exitCode}:\n${explain(run)}`);
}

function explain(run: SlipwayRun): string {
  const failed = run.events.flatMap((event) => (event.type === 'step-failed' ? [JSON.stringify(event)] : []));
  return [`exit code ${run.exitCode}`, ...failed, run.text, run.stderr].join('\n');
}

/** Ids of the steps that were begun, sorted. */
export function startedSteps(run: SlipwayRun): string[] {
  return run.events.flatMap((event) => (event.type === 'step-started' ? [event.id] : [])).sort();
}

export function endOf(run: SlipwayRun): Extract<RunEvent, { type: 'run-ended' }> | undefined {
  return run.events.find((event) => event.type === 'run-ended');
}

/** The event of the step that failed; throws when there is none or more than one. */
export function failureOf(run: SlipwayRun): Extract<RunEvent, { type: 'step-failed' }> {
  const [failed, ...others] = run.events.filter((event) => event.type === 'step-failed');
  if (failed === undefined || others.length > 0) throw new Error(`not one failed step:\n${explain(run)}`);
  return failed;
}

function readEvent(line: string): RunEvent | undefined {
  try {
    const value = JSON.parse(line) as RunEvent;
    return typeof value === 'object' && typeof value.type === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The environment of a process is what it was started with, however far it has moved from its parent. */
async function processesOf(marker: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const environ = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
      if (!environ.includes(`${MARKER}=${marker}`)) return [];
      const commandLine = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      return [`${id} ${commandLine.replaceAll('\0', ' ')}`];
    }),
  );
  return found.flat();
}
