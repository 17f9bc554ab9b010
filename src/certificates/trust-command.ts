// `slipway trust`: where the certificate of the local authority is, who trusts it, and how to make others trust it.

import type { X509Certificate } from 'node:crypto';
import { authorityFiles } from './authority-files.ts';
import { findNssDatabases } from './nss-databases.ts';
import { readAuthorityCertificate } from './read-authority.ts';
import { trustAdvice } from './trust-advice.ts';
import {
  changeTrust,
  commandsOf,
  observeTrust,
  type TrustMeans,
  type TrustState,
} from './trust-authority.ts';
import { nssTrustStore, systemTrustStore, type TrustStore } from './trust-store.ts';
import { Failure } from '../failure.ts';
import { ZxCommandRunner } from '../process/zx-command-runner.ts';
import { observeEngineHost } from '../engine/container-engine.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { authorityFolder } from '../state/state-folders.ts';
import { openAuthority } from '../cli/wiring/open-authority.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';

export const trustSpec: CommandSpec = {
  name: 'trust',
  summary:
    'Shows the certificate of the local authority, which signs the hosts of environments, and how to trust it.\nChanges nothing unless asked to.',
  options: {
    install: { type: 'flag', description: 'put it into the trust stores of this system and of browsers' },
    remove: { type: 'flag', description: 'take it out of them' },
    yes: { type: 'flag', description: 'do not ask before a trust store is changed' },
    json: baseOptions.json,
    help: baseOptions.help,
  },
};

interface SeenStore {
  readonly store: TrustStore;
  readonly state: TrustState;
}

/** What may be replaced in tests: the programs, and the text that says which system this is. */
export interface TrustSurroundings {
  readonly commands: TrustMeans['commands'];
  readonly osRelease: string;
}

export async function trust(context: CommandContext): Promise<number> {
  const { osRelease } = await observeEngineHost(context.system, context.isRoot);
  await using commands = new ZxCommandRunner({ env: context.env });
  return await trustIn(context, { commands, osRelease });
}

export async function trustIn(context: CommandContext, surroundings: TrustSurroundings): Promise<number> {
  const { options, signal, isRoot } = context;
  const change = options.flags.has('install')
    ? 'install'
    : options.flags.has('remove')
      ? 'remove'
      : undefined;
  if (change === 'install' && options.flags.has('remove'))
    throw new Failure('usage', 'trust: --install and --remove exclude each other');
  const folder = authorityFolder(context.folders);
  if (change === 'install') await openAuthority(context).ensure(signal);
  const certificate = await readAuthorityCertificate(folder, signal);
  if (certificate === undefined) return showAbsence(context, folder, change);
  const stores = storesOf(
    certificate,
    folder,
    context,
    surroundings,
    await findNssDatabases(context.homeFolder),
  );
  const look = (): Promise<SeenStore[]> =>
    Promise.all(
      stores.map(async (store) => ({
        store,
        state: await observeTrust(store, certificate.toString(), surroundings, signal),
      })),
    );
  let seen = await look();
  if (change !== undefined) {
    const wanted = change === 'install' ? 'absent' : 'trusted';
    const todo = seen.filter(({ state }) => state === wanted).map(({ store }) => store);
    if (todo.length > 0 && !(await isAllowed(context, change, todo))) {
      context.print('Nothing was changed.');
      return 1;
    }
    // Those of the user first: what only root can do may have to be left to them.
    for (const store of todo.toSorted((a, b) => Number(a.needsRoot) - Number(b.needsRoot)))
      await changeTrust(store, change, { commands: surroundings.commands, isRoot }, signal);
    seen = await look();
  }
  show(context, folder, certificate, seen);
  return 0;
}

function storesOf(
  certificate: X509Certificate,
  folder: string,
  { system, homeFolder }: CommandContext,
  { osRelease }: TrustSurroundings,
  databases: readonly string[],
): TrustStore[] {
  const request = {
    certificateFile: authorityFiles(folder).certificate,
    // By its own digest: one user's authority must not take the place of another's, nor a new one that of an old one.
    anchor: `slipway-local-ca-${hex(certificate.fingerprint256).slice(0, 12)}`,
    sha1: hex(certificate.fingerprint),
  };
  const ofSystem = systemTrustStore(request, { system, osRelease, homeFolder });
  return [...(ofSystem ? [ofSystem] : []), ...databases.map((database) => nssTrustStore(request, database))];
}

// Whoever trusts it has to believe that nobody else has its key: never without a yes of a person.
async function isAllowed(
  { env, options, isInteractive, isRoot, print, confirm }: CommandContext,
  change: 'install' | 'remove',
  stores: readonly TrustStore[],
): Promise<boolean> {
  if (env['SLIPWAY_INSTALL'] === 'never') {
    throw new Failure('prerequisite', 'trust stores are not to be changed: SLIPWAY_INSTALL=never', {
      details: stores.flatMap((store) => commandsOf(store, change, isRoot)),
      hint: 'Run these commands yourself, or unset the variable.',
    });
  }
  if (options.flags.has('yes')) return true;
  if (!isInteractive) {
    throw new Failure('usage', 'trust: nobody can be asked here whether trust stores may be changed', {
      hint: `Say so: slipway trust --${change} --yes`,
    });
  }
  print(stores.flatMap((store) => commandsOf(store, change, isRoot)).join('\n'));
  const names = stores.map(({ name }) => name).join(', ');
  return confirm(
    change === 'install'
      ? `Trust the local authority in: ${names}?`
      : `Take the local authority out of: ${names}?`,
  );
}

function show(
  { options, print, isRoot }: CommandContext,
  folder: string,
  certificate: X509Certificate,
  seen: readonly SeenStore[],
): void {
  const certificateFile = authorityFiles(folder).certificate;
  const rows = seen.map(({ store, state }) => ({
    ...{ kind: 'store', name: store.name, readers: store.readers, state },
    commands: commandsOf(store, state === 'trusted' ? 'remove' : 'install', isRoot),
  }));
  const about = {
    ...{ kind: 'authority', certificateFile, subject: nameOf(certificate) },
    ...{ sha256: certificate.fingerprint256, validTo: new Date(certificate.validTo).toISOString() },
  };
  const advice = trustAdvice(certificateFile);
  if (options.flags.has('json')) {
    for (const row of [about, ...rows, ...advice.map((entry) => ({ kind: 'advice', ...entry }))])
      print(JSON.stringify(row));
    return;
  }
  print(
    `${about.subject}, valid to ${about.validTo.slice(0, 10)}\n${certificateFile}\nSHA-256 ${about.sha256}\n`,
  );
  const stateText = { trusted: 'trusted', absent: 'not trusted', unknown: 'certutil is missing' } as const;
  const table = rows.map(({ name, readers, state }) => [name, stateText[state], readers]);
  if (table.length > 0) print(formatTable({ head: ['STORE', 'STATE', 'ASKED BY'], rows: table }));
  for (const { name, state, commands } of rows)
    print(
      `${state === 'trusted' ? 'To take it out of' : 'To put it into'} ${name}:\n  ${commands.join('\n  ')}`,
    );
  print('slipway trust --install does it, --remove undoes it. For single programs:');
  print(formatTable({ head: ['FOR', ''], rows: advice.map((entry) => [entry.for, entry.how]) }));
}

function showAbsence({ print, options }: CommandContext, folder: string, change: string | undefined): number {
  const certificateFile = authorityFiles(folder).certificate;
  if (options.flags.has('json')) print(JSON.stringify({ kind: 'authority', certificateFile: null }));
  else if (change === 'remove') print('There is no local authority, and nothing to take out.');
  else
    print(
      `There is no local authority yet. \`slipway up\` makes it when an environment needs it, and so does \`slipway trust --install\`: ${certificateFile}`,
    );
  return 0;
}

function nameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
}

function hex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
