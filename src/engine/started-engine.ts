// An engine that Slipway starts itself, where no init system does: detached, so that it survives our exit, and
// recorded, so that it can be found and stopped again.
//
//   start: setsid dockerd ──► record written ──► answers at its socket
//                                   │ dies or is not up in time: log tail, record removed
//   stop:  record read ──► same process? ──► SIGTERM ──► gone, record removed

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import type { Task } from '../task.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';
import { waitForEngine } from './engine-ping.ts';
import { isAlive, observeProcess, type ProcessIdentity, runsProgram } from '../process/process-identity.ts';

const startDeadlineMs = 60_000;
const stopDeadlineMs = 30_000;
const pollMs = 100;
const shownLogLines = 20;

const recordSchema = z.object({ pid: z.number(), startedTicks: z.string() });

export interface EngineStart {
  readonly commands: CommandRunner;
  readonly endpoint: EngineEndpoint;
  /** Arguments of dockerd besides --host. */
  readonly args: readonly string[];
  /** Absolute path of the folder for log, pid file and record. */
  readonly engineFolder: string;
}

/** Starts dockerd and resolves with its version once it answers; rejects with Failure 'engine' and the end of its log. */
export async function startEngine(start: EngineStart, task: Task): Promise<string> {
  const { commands, endpoint, engineFolder } = start;
  await mkdir(engineFolder, { recursive: true });
  const pidFile = join(engineFolder, 'dockerd.pid');
  const logFile = join(engineFolder, 'dockerd.log');
  await rm(pidFile, { force: true });
  task.report({ text: 'starting dockerd' });
  await commands.run({
    program: 'setsid',
    // The shell writes its own id and becomes dockerd: the id is known before anything can go wrong.
    args: [
      '--fork',
      'sh',
      '-c',
      'echo $$ >"$0"; log=$1; shift; exec "$@" >"$log" 2>&1 </dev/null',
      pidFile,
      logFile,
      'dockerd',
      '--host',
      endpoint.url,
      ...start.args,
    ],
    timeoutMs: 60_000,
    // It outlives the run that has started it: what ends a killed run's programs must not find it.
    env: { SLIPWAY_RUN: undefined },
    signal: task.signal,
  });
  const identity = await identityIn(pidFile, task.signal);
  if (identity !== undefined) await writeFile(recordFile(engineFolder), JSON.stringify(identity));

  const whyNot = async (): Promise<Failure | undefined> => {
    if (identity !== undefined && (await isAlive(identity))) return undefined;
    const log = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n');
    const hint = `The whole log is in ${logFile}.`;
    return new Failure('engine', 'dockerd ended at once', { details: log.slice(-shownLogLines), hint });
  };
  try {
    return await waitForEngine(endpoint, whyNot, startDeadlineMs, task.signal);
  } catch (error) {
    // Half started is not started: the next run begins anew.
    if (identity !== undefined) await endEngine(identity, engineFolder);
    throw error;
  }
}

/** The process of the engine that Slipway started and that still runs; undefined for an engine of somebody else. */
export async function observeStartedEngine(engineFolder: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(recordFile(engineFolder), 'utf8').catch(() => '');
  let identity: ProcessIdentity;
  try {
    identity = recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
  return (await runsProgram(identity, 'dockerd')) ? identity : undefined;
}

/** Ends the engine that Slipway started; false when there is none. Containers end with it. */
export async function stopStartedEngine(engineFolder: string): Promise<boolean> {
  const identity = await observeStartedEngine(engineFolder);
  if (identity !== undefined) await endEngine(identity, engineFolder);
  return identity !== undefined;
}

async function endEngine(identity: ProcessIdentity, engineFolder: string): Promise<void> {
  // Its command line says nothing here: it is empty while a shell becomes dockerd, and again while dockerd exits.
  if (await isAlive(identity)) process.kill(identity.pid, 'SIGTERM');
  const deadline = performance.now() + stopDeadlineMs;
  while (await isAlive(identity)) {
    if (performance.now() > deadline) {
      const waited = `${stopDeadlineMs / 1000} s after SIGTERM`;
      throw new Failure('timeout', `dockerd (process ${identity.pid}) still runs ${waited}`, {
        hint: `Its log is ${join(engineFolder, 'dockerd.log')}.`,
      });
    }
    await sleep(pollMs);
  }
  await rm(recordFile(engineFolder), { force: true });
  await rm(join(engineFolder, 'dockerd.pid'), { force: true });
}

function recordFile(engineFolder: string): string {
  return join(engineFolder, 'engine.json');
}

// The shell writes its id within milliseconds; undefined when it has ended before it could be looked at.
async function identityIn(pidFile: string, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  for (let round = 0; round < 100; round++) {
    const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
    if (Number.isSafeInteger(pid)) return observeProcess(pid);
    await sleep(20, undefined, { signal });
  }
  throw new Failure('engine', `dockerd did not start: nothing wrote ${pidFile}`);
}
