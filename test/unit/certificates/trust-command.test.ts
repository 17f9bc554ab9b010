import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CommandContext } from '../../../src/cli/command-context.ts';
import { trustIn } from '../../../src/certificates/trust-command.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openCommandScene } from '../cli/command-scene.ts';

interface TrustScene extends AsyncDisposable {
  readonly commands: ProgramAnswers;
  readonly folder: string;
  /** Exit code and what was printed. */
  run(flags: readonly string[], changes?: Partial<CommandContext>): Promise<{ code: number; text: string }>;
}

/** A machine whose system we do not know, with a browser that has a database, and certutil. */
async function openTrustScene(): Promise<TrustScene> {
  const scene = await openCommandScene();
  const database = join(scene.folder, '.pki/nssdb');
  await mkdir(database, { recursive: true });
  await writeFile(join(database, 'cert9.db'), '');
  let held: string | undefined;
  const commands = new ProgramAnswers(['certutil']);
  commands
    .answer('certutil -A', async ({ args }) => {
      held = await readFile(args.at(-1)!, 'utf8');
      return '';
    })
    .answer('certutil -D', () => {
      held = undefined;
      return '';
    })
    .answer('certutil -L', () => held ?? '');
  return {
    commands,
    folder: scene.folder,
    run: async (flags, changes) => {
      const printed: string[] = [];
      const options = { flags: new Set(flags), texts: new Map<string, string>(), positionals: [] };
      const print = (text: string): void => void printed.push(text);
      const context = { ...scene.context, options, print, ...changes };
      return { code: await trustIn(context, { commands, osRelease: '' }), text: printed.join('\n') };
    },
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

const changesOf = ({ commands }: TrustScene): string[] =>
  commands.calls.filter((call) => /^certutil -[AD]/.test(call));

describe('slipway trust', () => {
  test('without an authority says so and makes none', async () => {
    await using scene = await openTrustScene();
    expect((await scene.run([])).text).toContain('There is no local authority yet.');
    expect((await scene.run(['remove', 'yes'])).text).toBe(
      'There is no local authority, and nothing to take out.',
    );
    await expect(stat(join(scene.folder, 'state/authority'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(scene.commands.calls).toEqual([]);
  });

  test('--install makes it and has it trusted, a second time changes nothing, --remove undoes it', async () => {
    await using scene = await openTrustScene();
    expect((await scene.run(['install', 'yes'])).text).toMatch(/NSS database \S+ +trusted +Chromium/);
    await scene.run(['install', 'yes']);
    expect(changesOf(scene)).toHaveLength(1);
    expect((await scene.run(['remove', 'yes'])).text).toMatch(/NSS database \S+ +not trusted/);
    expect(changesOf(scene)).toHaveLength(2);
  });

  test('shows where the certificate is and how to trust it, and changes nothing', async () => {
    await using scene = await openTrustScene();
    await scene.run(['install', 'yes']);
    await scene.run(['remove', 'yes']);
    const { code, text } = await scene.run([]);
    const file = join(scene.folder, 'state/authority/ca.crt');
    expect(code).toBe(0);
    expect(text).toContain(`\n${file}\nSHA-256 `);
    expect(text).toContain(`certutil -A -d sql:${scene.folder}/.pki/nssdb -n slipway-local-ca-`);
    expect(text).toContain(`export NODE_EXTRA_CA_CERTS=${file}`);
    expect(changesOf(scene)).toHaveLength(2);
  });

  test('--json gives the same in rows', async () => {
    await using scene = await openTrustScene();
    await scene.run(['install', 'yes']);
    const rows = (await scene.run(['json'])).text.split('\n').map((line) => JSON.parse(line) as object);
    expect(rows[0]).toMatchObject({
      kind: 'authority',
      certificateFile: join(scene.folder, 'state/authority/ca.crt'),
      subject: expect.stringMatching(/^Slipway local CA \S+@/) as string,
    });
    expect(rows[1]).toMatchObject({ kind: 'store', state: 'trusted', readers: 'Chromium, Chrome' });
    expect(JSON.stringify(rows)).not.toContain('PRIVATE');
  });

  test('asks the person at the terminal, after showing the commands, and does what they say', async () => {
    await using scene = await openTrustScene();
    const questions: string[] = [];
    const answering = (answer: boolean): Partial<CommandContext> => ({
      isInteractive: true,
      confirm: async (question) => {
        questions.push(question);
        return answer;
      },
    });
    const refused = await scene.run(['install'], answering(false));
    expect([refused.code, changesOf(scene)]).toEqual([1, []]);
    expect(refused.text).toMatch(/^certutil -A .*\nNothing was changed\.$/);
    expect((await scene.run(['install'], answering(true))).code).toBe(0);
    expect(changesOf(scene)).toHaveLength(1);
    expect(questions[0]).toMatch(/^Trust the local authority in: NSS database /);
  });

  test('where nobody can be asked, only --yes is a yes, also in CI', async () => {
    await using scene = await openTrustScene();
    for (const env of [{}, { CI: 'true' }]) {
      const failure = await failureOf(scene.run(['install'], { env }));
      expect(failure).toMatchObject({ code: 'usage', hint: 'Say so: slipway trust --install --yes' });
    }
    expect(changesOf(scene)).toEqual([]);
  });

  test('SLIPWAY_INSTALL=never is stronger than --yes, and the commands are shown', async () => {
    await using scene = await openTrustScene();
    const env = { SLIPWAY_INSTALL: 'never' };
    const failure = await failureOf(scene.run(['install', 'yes'], { env }));
    expect(failure.code).toBe('prerequisite');
    expect(failure.details).toEqual([expect.stringMatching(/^certutil -A /)]);
    expect(changesOf(scene)).toEqual([]);
  });

  test('takes an authority out of the stores that must not sign any more', async () => {
    await using scene = await openTrustScene();
    await scene.run(['install', 'yes']);
    await rm(join(scene.folder, 'state/authority/ca.key'));
    expect((await scene.run(['remove', 'yes'])).text).toMatch(/not trusted/);
  });

  test('--install and --remove together are refused', async () => {
    await using scene = await openTrustScene();
    expect((await failureOf(scene.run(['install', 'remove']))).code).toBe('usage');
  });
});
