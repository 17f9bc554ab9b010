import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findNssDatabases } from '../../../src/certificates/nss-databases.ts';
import { trustAdvice } from '../../../src/certificates/trust-advice.ts';
import { changeTrust, commandsOf, observeTrust } from '../../../src/certificates/trust-authority.ts';
import { nssTrustStore, systemTrustStore, type TrustStore } from '../../../src/certificates/trust-store.ts';
import { FakeCommandRunner } from '../../fakes/command-runner.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { failureOf } from '../../support/failure-of.ts';

const { signal } = new AbortController();
const request = { certificateFile: '/state/ca.crt', anchor: 'slipway-local-ca-0123', sha1: 'ab12' };
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n';

function systemStore(osRelease: string, system = 'linux'): TrustStore | undefined {
  return systemTrustStore(request, { system, osRelease, homeFolder: '/h' });
}

describe('systemTrustStore', () => {
  test.each([
    ['ID=debian', '/usr/local/share/ca-certificates/slipway-local-ca-0123.crt', 'update-ca-certificates'],
    [
      'ID=mint\nID_LIKE="ubuntu debian"',
      '/usr/local/share/ca-certificates/slipway-local-ca-0123.crt',
      'update-ca-certificates',
    ],
    ['ID=fedora', '/etc/pki/ca-trust/source/anchors/slipway-local-ca-0123.pem', 'update-ca-trust extract'],
    [
      'ID="rocky"\nID_LIKE="rhel centos fedora"',
      '/etc/pki/ca-trust/source/anchors/slipway-local-ca-0123.pem',
      'update-ca-trust extract',
    ],
    ['ID=arch', '/etc/ca-certificates/trust-source/anchors/slipway-local-ca-0123.crt', 'update-ca-trust'],
    [
      'ID="opensuse-leap"\nID_LIKE="suse opensuse"',
      '/usr/share/pki/trust/anchors/slipway-local-ca-0123.pem',
      'update-ca-certificates',
    ],
  ])('%j', (osRelease, file, refresh) => {
    const store = systemStore(osRelease)!;
    expect(commandsOf(store, 'install', true)).toEqual([`install -D -m 0644 /state/ca.crt ${file}`, refresh]);
    expect(commandsOf(store, 'remove', true)[0]).toBe(`rm -f ${file}`);
    expect(store.evidence).toEqual({ file });
  });

  test('on Debian a removal takes the links away, too', () => {
    expect(commandsOf(systemStore('ID=debian')!, 'remove', true)[1]).toBe('update-ca-certificates --fresh');
  });

  test('on macOS it is the keychain of the user, which needs no root', () => {
    const store = systemStore('', 'darwin')!;
    const keychain = '/h/Library/Keychains/login.keychain-db';
    expect(commandsOf(store, 'install', false)).toEqual([
      `security add-trusted-cert -r trustRoot -k ${keychain} /state/ca.crt`,
    ]);
    expect(commandsOf(store, 'remove', false)).toEqual([
      `security delete-certificate -Z ab12 -t ${keychain}`,
    ]);
  });

  test('is not guessed for systems that we do not know', () => {
    expect([systemStore('ID=nixos'), systemStore(''), systemStore('ID=debian', 'freebsd')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('observeTrust', () => {
  const nss = nssTrustStore(request, '/h/.pki/nssdb');
  const list = 'certutil -L -d sql:/h/.pki/nssdb -n slipway-local-ca-0123 -a';
  const look = (commands: ProgramAnswers, store: TrustStore = nss) =>
    observeTrust(store, pem, { commands }, signal);

  test('tells a database that has it, however its lines are wrapped, from one that has none or another', async () => {
    const commands = new ProgramAnswers(['certutil']);
    expect(await look(commands.answer(list, pem.replaceAll('\n', '\r\n')))).toBe('trusted');
    expect(await look(commands.answer(list, pem.replace('MIIB', 'MIIC')))).toBe('absent');
    expect(await look(commands.answer(list, { exitCode: 255 }))).toBe('absent');
  });

  test('does not know without the program, and asks nothing', async () => {
    const commands = new ProgramAnswers();
    expect([await look(commands), commands.calls]).toEqual(['unknown', []]);
  });

  test('an interruption is none of these', async () => {
    const commands = new ProgramAnswers(['certutil']).answer(list, pem);
    const look = observeTrust(nss, pem, { commands }, AbortSignal.abort());
    expect((await failureOf(look)).code).toBe('interrupted');
  });

  test('looks into the file of a system store', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-trust-'));
    const store = { ...nss, evidence: { file: join(folder, 'a.crt') } };
    expect(await look(new ProgramAnswers(), store)).toBe('absent');
    await writeFile(store.evidence.file, pem);
    expect(await look(new ProgramAnswers(), store)).toBe('trusted');
    await rm(folder, { recursive: true });
  });
});

describe('changeTrust', () => {
  const debian = systemStore('ID=debian')!;
  const file = '/usr/local/share/ca-certificates/slipway-local-ca-0123.crt';
  const install = ['install', '-D', '-m', '0644', '/state/ca.crt', file] as const;

  test('as root runs the commands in their order', async () => {
    const commands = new FakeCommandRunner([{ argv: install }, { argv: ['update-ca-certificates'] }]);
    await changeTrust(debian, 'install', { commands, isRoot: true }, signal);
    expect(commands.missing).toEqual([]);
  });

  test('otherwise runs them with sudo, which must not ask', async () => {
    const commands = new FakeCommandRunner([
      { argv: ['sudo', '-n', 'true'] },
      { argv: ['sudo', '-n', ...install] },
      { argv: ['sudo', '-n', 'update-ca-certificates'] },
    ]);
    await changeTrust(debian, 'install', { commands, isRoot: false }, signal);
    expect(commands.missing).toEqual([]);
  });

  test('where sudo wants a password, changes nothing and says what to run', async () => {
    const commands = new FakeCommandRunner([{ argv: ['sudo', '-n', 'true'], exitCode: 1 }]);
    const failure = await failureOf(changeTrust(debian, 'remove', { commands, isRoot: false }, signal));
    expect(failure).toMatchObject({
      code: 'prerequisite',
      hint: `Run it yourself: sudo rm -f ${file} && sudo update-ca-certificates --fresh`,
    });
  });

  test('a database of the user needs no root', async () => {
    const store = nssTrustStore(request, '/h/.pki/nssdb');
    const database = ['-d', 'sql:/h/.pki/nssdb', '-n', 'slipway-local-ca-0123'];
    const commands = new FakeCommandRunner([
      { argv: ['certutil', '-A', ...database, '-t', 'C,,', '-i', '/state/ca.crt'] },
      { argv: ['certutil', '-D', ...database] },
    ]);
    await changeTrust(store, 'install', { commands, isRoot: false }, signal);
    await changeTrust(store, 'remove', { commands, isRoot: false }, signal);
    expect(commands.missing).toEqual([]);
  });
});

test('the databases of browsers are found where they have made one', async () => {
  const home = await mkdtemp(join(tmpdir(), 'slipway-home-'));
  const databases = ['.mozilla/firefox/ab.default', '.pki/nssdb', 'snap/firefox/common/.mozilla/firefox/x'];
  for (const folder of databases) {
    await mkdir(join(home, folder), { recursive: true });
    await writeFile(join(home, folder, 'cert9.db'), '');
  }
  await mkdir(join(home, '.mozilla/firefox/Crash Reports'));
  expect(await findNssDatabases(home)).toEqual(databases.map((folder) => join(home, folder)));
  expect(await findNssDatabases(join(home, 'nobody'))).toEqual([]);
  await rm(home, { recursive: true });
});

test('advice names the certificate', () => {
  const advice = trustAdvice('/state/ca.crt').map(({ how }) => how);
  expect(advice).toContain('export NODE_EXTRA_CA_CERTS=/state/ca.crt');
  expect(advice).toContain('curl --cacert /state/ca.crt https://<host>:<port>/');
});
