import { expect, test } from 'vitest';
import { DebianProgress } from '../../../src/packages/debian-progress.ts';

test('counts what is fetched and what is set up, of what apt announced', () => {
  const progress = new DebianProgress();
  const read = `I: downloading packages with apt...
Get:1 http://mirror/debian bookworm InRelease [151 kB]
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Get:1 http://mirror/debian bookworm/main amd64 libc6 amd64 2.36-9 [2759 kB]
Get:2 http://mirror/debian bookworm/main amd64 mawk amd64 1.3 [119 kB]
I: installing essential packages...
Setting up libc6:amd64 (2.36-9) ...
Unpacking mawk (1.3) ...
Setting up mawk (1.3) ...
Setting up libc6:amd64 (2.36-9) ...
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Setting up apt (2.6) ...`
    .split('\n')
    .map((line) => progress.read(line))
    .filter((entry) => entry !== undefined)
    .map(({ text, done, total }) => (total === undefined ? text : `${text} ${done}/${total}`));
  expect(read).toEqual([
    'downloading packages with apt',
    'downloading libc6 1/2',
    'downloading mawk 2/2',
    'installing essential packages',
    'setting up libc6 1/2',
    'setting up mawk 2/2',
    'setting up libc6 2/2',
    'setting up apt 1/1',
  ]);
});
