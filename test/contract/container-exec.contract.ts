// What every ContainerExec does. The container has a shell.

import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import type { ContainerExec, ExecRequest } from '../../src/kubernetes/exec/container-exec.ts';

export interface ContainerExecUnderTest extends AsyncDisposable {
  readonly exec: ContainerExec;
  /** Where a shell can be run. */
  readonly container: Omit<ExecRequest, 'command'>;
}

export function containerExecContract({
  title,
  make,
}: {
  readonly title: string;
  readonly make: () => Promise<ContainerExecUnderTest>;
}): void {
  const sh = (script: string, ...args: string[]): readonly string[] => ['sh', '-c', script, 'sh', ...args];
  const { signal } = new AbortController();

  describe(`${title}, as a ContainerExec`, () => {
    test('a program answers what it is sent, for as long as somebody speaks with it', async () => {
      await using subject = await make();
      const { exec, container } = subject;
      const command = sh('while read -r line; do echo "heard $line $1"; done', 'a  b');
      const session = await exec.open({ ...container, command }, signal);
      const lines = createInterface({ input: session.output })[Symbol.asyncIterator]();
      session.write('one\n');
      expect((await lines.next()).value).toBe('heard one a  b');
      session.write(Buffer.from('two\nthree\n'));
      expect((await lines.next()).value).toBe('heard two a  b');
      expect((await lines.next()).value).toBe('heard three a  b');
      session.close();
      expect(await session.ended).not.toBe('');
      expect((await lines.next()).done).toBe(true);
    });

    test('bytes arrive as they were sent', async () => {
      await using subject = await make();
      const { exec, container } = subject;
      const session = await exec.open(
        { ...container, command: sh('head -c 70000 | od -An -v -tu1') },
        signal,
      );
      const sent = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
      session.write(sent);
      const received = (await text(session.output)).trim().split(/\s+/).map(Number);
      expect(Buffer.from(received).equals(sent)).toBe(true);
    });

    test('the end of a program is told with its exit code and its complaint', async () => {
      await using subject = await make();
      const { exec, container } = subject;
      const session = await exec.open(
        { ...container, command: sh('echo out; echo why >&2; exit 3') },
        signal,
      );
      expect(await text(session.output)).toBe('out\n');
      expect(await session.ended).toMatch(/exit code 3: why$/);
      session.write('into nothing');
    });

    test('a pod that is not there is a Failure', async () => {
      await using subject = await make();
      const { exec, container } = subject;
      const failure = await exec
        .open({ ...container, pod: 'nobody', command: sh('true') }, signal)
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({ code: 'cluster', message: expect.stringContaining('nobody') });
    });

    test('a signal that has aborted opens nothing', async () => {
      await using subject = await make();
      const { exec, container } = subject;
      const opening = exec.open({ ...container, command: sh('true') }, AbortSignal.abort());
      await expect(opening).rejects.toMatchObject({ code: 'interrupted' });
    });
  });
}
