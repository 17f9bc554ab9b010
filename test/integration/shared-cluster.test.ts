import { expect, test } from 'vitest';
import { ownershipLabels } from '../../src/kubernetes/ownership.ts';
import { openManyApps } from '../support/bench/many-apps-project.ts';
import { runSlipway } from '../support/run-slipway.ts';

interface Labelled {
  readonly metadata: { readonly name: string; labels: Record<string, string> };
}

test('status and logs tell nothing of the release of another environment in the same cluster', async ({
  signal,
}) => {
  await using project = await openManyApps(3);
  const secrets = project.lists['/api/v1/secrets'] as Labelled[];
  const theirs = secrets.find(({ metadata }) => metadata.name.includes('app-2'))!;
  Object.assign(theirs.metadata.labels, ownershipLabels('another'));
  const status = await runSlipway({ project, command: 'status', signal });
  const releases = status.text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { kind: string; name: string })
    .flatMap(({ kind, name }) => (kind === 'release' ? [name] : []));
  expect(releases).toEqual(['many/app-0', 'many/app-1']);
  const logs = await runSlipway({ project, command: 'logs', args: ['app-2'], signal });
  expect(logs.exitCode).toBe(1);
  expect(logs.stderr).toContain('app-2');
});
