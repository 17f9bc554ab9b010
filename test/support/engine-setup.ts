// Global set-up of the projects integration and e2e: makes sure of a container engine, and for e2e of a browser, with
// the product's own code and under its rule of consent (SLIPWAY_INSTALL=never: nothing is installed). What cannot be
// had is told to the tests as a problem; those that need it are skipped with it.

import { PassThrough } from 'node:stream';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { CommandContext } from '../../src/cli/command-context.ts';
import { findFolders } from '../../src/state/state-folders.ts';
import { consentOf, openEngine } from '../../src/cli/wiring/open-engine.ts';
import { Redactor } from '../../src/secrets/redact.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { Failure } from '../../src/failure.ts';
import { ZxCommandRunner } from '../../src/process/zx-command-runner.ts';
import { ArtifactCache } from '../../src/packages/artifact-cache.ts';
import { observeEngineHost } from '../../src/engine/container-engine.ts';
import { installDebianPackages } from '../../src/packages/debian-packages.ts';
import { observeGoToolchain } from '../../src/packages/go-toolchain.ts';
import { observeStartedEngine, stopStartedEngine } from '../../src/engine/started-engine.ts';
import { findChromium } from './browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** '' when the engine answers. */
    engineProblem: string;
    /** This run of tests has started the engine, and nobody else needs it. */
    isEngineOurs: boolean;
    /** '' when there is a browser. */
    browserProblem: string;
  }
}

const projectFolder = join(import.meta.dirname, '../..');

/** Resolves with the clean-up: an engine that was started here is stopped again. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const context = testContext();
  const engineFolder = join(context.folders.state, 'engine');
  const before = await observeStartedEngine(engineFolder);
  project.provide('engineProblem', await problemOf(() => ensureEngine(context)));
  const isOurs = before === undefined && (await observeStartedEngine(engineFolder)) !== undefined;
  project.provide('isEngineOurs', isOurs);
  project.provide(
    'browserProblem',
    project.name === 'e2e' ? await problemOf(() => ensureBrowser(context)) : 'only for e2e tests',
  );
  return async () => {
    // An engine that the machine's init has started is a service of the machine from then on.
    if (before === undefined) await stopStartedEngine(engineFolder);
  };
}

/** Ends the engine that this run of tests has started, with all that it runs, and starts it again. */
export async function restartEngine(): Promise<void> {
  const context = testContext();
  await stopStartedEngine(join(context.folders.state, 'engine'));
  await ensureEngine(context);
}

async function problemOf(ensure: () => Promise<void>): Promise<string> {
  try {
    await ensure();
    return '';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  }
}

async function ensureEngine(context: CommandContext): Promise<void> {
  const { env, signal, folders } = context;
  const commands = new ZxCommandRunner({ env });
  const cache = new ArtifactCache(join(folders.cache, 'artifacts'));
  await openEngine({
    context,
    commands,
    workbench: async () => ({ cache, commands, ...(await observeGoToolchain(commands, signal)) }),
    use: 'ensure',
  });
}

async function ensureBrowser(context: CommandContext): Promise<void> {
  if ((await findChromium()) !== undefined) return;
  const deps = {
    commands: new ZxCommandRunner({ env: context.env }),
    consent: consentOf(context),
    host: await observeEngineHost(context.system, context.isRoot),
  };
  const task = { signal: context.signal, report: () => {} };
  await installDebianPackages(deps, { packages: ['chromium'], what: 'a browser' }, task);
}

function testContext(): CommandContext {
  const homeFolder = homedir();
  return {
    options: { flags: new Set(), texts: new Map(), positionals: [] },
    env: process.env,
    folders: findFolders(projectFolder, process.env, homeFolder),
    homeFolder,
    configFile: join(projectFolder, 'slipway.config.ts'),
    system: process.platform,
    architecture: process.arch,
    isRoot: process.getuid?.() === 0,
    signal: new AbortController().signal,
    redactor: new Redactor(),
    emit: (event: RunEvent) => {
      if (event.type === 'note') process.stderr.write(`${event.text}\n`);
    },
    print: () => {},
    output: new PassThrough(),
    isInteractive: false,
    confirm: () => Promise.resolve(false),
  };
}
