// The edge of a command: argv, signals and streams in, exit code out.

import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { closest } from 'fastest-levenshtein';
import { criticalPathOf } from '../trace/critical-path.ts';
import type { Emit, RunEvent } from '../run/events.ts';
import { RunRecord } from '../trace/run-record.ts';
import { machineFailure } from '../machine-failure.ts';
import { killChildren } from '../process/process-group.ts';
import { Redactor } from '../secrets/redact.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { printFailure } from '../view/print-failure.ts';
import { findConfig } from '../config/find-config.ts';
import { openView, wantsColors } from '../view/open-view.ts';
import type { View } from '../view/view.ts';
import { asTyped, type Caller } from './as-typed.ts';
import type { CommandContext } from './command-context.ts';
import { findFolders, findHome, tracesFolder } from '../state/state-folders.ts';
import { formatHelp, parseOptions, type CommandSpec, type ParsedOptions } from './option-spec.ts';
import { shownEvent, shownJson, shownLines, shownText } from './shown-text.ts';
import { listenForStop } from './stop-signals.ts';
import { packageFolder } from '../package-folder.ts';

/** What a command does. The number is its exit code; nothing means 0. */
export type CommandMain = (context: CommandContext) => Promise<number | void>;

export interface CommandRun {
  readonly spec: CommandSpec;
  readonly main: CommandMain;
  /** What follows the name of the command. */
  readonly argv: readonly string[];
  readonly caller: Caller;
}

/** Runs a command to its end and ends the process with its exit code. Call it once, last. */
export async function runCommand({ spec, main, argv, caller }: CommandRun): Promise<never> {
  const colors = wantsColors(process.stderr, process.env);
  let options: ParsedOptions;
  try {
    options = parseOptions(spec, argv, (word, words) => closest(word, [...words]));
  } catch (error) {
    printFailure(error, asTypedStream(process.stderr, caller), { colors });
    process.exit(exitCodeOf(error));
  }
  if (options.flags.has('help')) {
    process.stdout.write(asTyped(formatHelp(spec), caller));
    process.exit(0);
  }
  const stop = listenForStop(() => {
    killChildren();
    process.exit(130);
  }, [process.stdout, process.stderr]);
  let view: View | undefined;
  let hasShownFailure = false;
  const opening = openView({ stream: process.stdout, json: options.flags.has('json'), env: process.env });
  const redactor = new Redactor();
  const showsColors = !options.flags.has('json') && wantsColors(process.stdout, process.env);
  const record = new RunRecord();
  const emit: Emit = (event) => {
    hasShownFailure ||= event.type === 'step-failed';
    const shown = shownEvent(event, redactor, { colors: showsColors, caller });
    record.take(shown, performance.now());
    view?.show(withPath(shown, record));
  };
  try {
    view = await opening;
    const code = await main(
      makeContext({
        options,
        signal: stop.signal,
        emit,
        redactor,
        caller,
        printed: spec.name === 'logs' ? 'slipway' : caller,
      }),
    );
    await closed(view, stop.signal);
    await keepRecord(record);
    process.exit(code ?? 0);
  } catch (thrown) {
    const error = machineFailure(thrown);
    if (view) await closed(view, stop.signal);
    await keepRecord(record);
    const exitCode = exitCodeOf(error);
    // A failed step has been shown already; a bug is always shown with its stack.
    if (exitCode !== 1 || !hasShownFailure)
      printFailure(error, redacted(asTypedStream(process.stderr, caller), redactor), { colors });
    process.exit(exitCode);
  }
}

/** So long a reader may still take what is held for it, after the command was told to stop. */
const LAST_LINES_MS = 1_000;

/** All that was told has left the process; a reader that stalls keeps nobody from stopping it. */
async function closed(view: View, stop: AbortSignal): Promise<void> {
  const givenUp = Promise.withResolvers<void>();
  const giveUp = (): void => void setTimeout(givenUp.resolve, LAST_LINES_MS);
  if (stop.aborted) giveUp();
  else stop.addEventListener('abort', giveUp, { once: true });
  await Promise.race([view.close(), givenUp.promise]);
}

/** The last event of a run that did something says what the time went to. */
function withPath(event: RunEvent, record: RunRecord): RunEvent {
  const run = event.type === 'run-ended' ? record.read(performance.now()) : undefined;
  return run === undefined ? event : ({ ...event, path: criticalPathOf(run) } as RunEvent);
}

/** A trace that cannot be kept is no reason to fail. */
async function keepRecord(record: RunRecord): Promise<void> {
  const run = record.read(performance.now());
  if (run === undefined) return;
  const [{ chromeTraceOf }, { keepTrace }] = await Promise.all([
    import('../trace/chrome-trace.ts'),
    import('../trace/keep-traces.ts'),
  ]);
  try {
    const folder = tracesFolder(findFolders('', process.env, homeHere()));
    await keepTrace(folder, chromeTraceOf(run, criticalPathOf(run)));
  } catch {
    // The command has told what it has to tell.
  }
}

interface ContextParts {
  readonly options: ParsedOptions;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly redactor: Redactor;
  readonly caller: Caller;
  /** Whose commands `print` says: lines of logs are nobody's, and are shown as they are. */
  readonly printed: Caller;
}

function makeContext({ options, signal, emit, redactor, caller, printed }: ContextParts): CommandContext {
  const slipway = packageFolder;
  const home = homeHere();
  const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true && !process.env['CI'];
  return {
    options,
    env: process.env,
    folders: findFolders(slipway, process.env, home),
    // Where there is none, nothing of the user's own is found.
    homeFolder: home ?? '/nonexistent',
    configFile: configFileOf(options.texts.get('config'), caller, home),
    system: process.platform,
    architecture: process.arch,
    isRoot: process.getuid?.() === 0,
    signal,
    redactor,
    emit,
    print: (said) => {
      const text = asTyped(said, printed);
      const shown = options.flags.has('json')
        ? shownJson(text, redactor)
        : shownLines(text, redactor, wantsColors(process.stdout, process.env));
      process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
    },
    output: process.stdout,
    isInteractive,
    confirm: (question) => confirm(shownText(question, redactor), signal),
  };
}

/** npm starts its scripts in the folder of package.json; a path is meant from where the person typed it. */
function configFileOf(named: string | undefined, caller: Caller, home: string | undefined): string {
  const here = resolve((caller === 'npm' ? process.env['INIT_CWD'] : undefined) ?? '');
  if (named !== undefined) return resolve(here, named);
  // The scripts of this repository mean its own environments, wherever in it they are typed.
  return caller === 'npm' ? join(packageFolder, 'slipway.config.ts') : findConfig(here, home);
}

function homeHere(): string | undefined {
  return findHome(process.env, () => userInfo().homedir);
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await reader.question(`${question} [Y/n] `, { signal });
    return /^(y(es)?)?$/i.test(answer.trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    reader.close();
  }
}

/** A stream that says commands as they are typed, in front of another one. */
function asTypedStream(stream: Writable, caller: Caller): Writable {
  return new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => void stream.write(asTyped(text, caller), () => done()),
  });
}

/** A stream that hides what the redactor knows, in front of another one. */
function redacted(stream: Writable, redactor: Redactor): Writable {
  return new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => void stream.write(redactor.redact(text), () => done()),
  });
}
