// An artifact made by mmdebstrap: a Debian file tree as one tar file, the ground of base and node images.

import { access, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { quoteArgument } from '../process/quote-command.ts';
import type { Task } from '../task.ts';
import type { Artifact } from './artifact.ts';
import { cachedArtifact } from './cached-artifact.ts';
import { fingerprintOf, folderContent } from './content-fingerprint.ts';
import { installCommand } from './debian-packages.ts';
import { DebianProgress } from './debian-progress.ts';
import { mmdebstrapId, mmdebstrapPackages } from './ensure-mmdebstrap.ts';
import type { Workbench } from './workshop.ts';

export interface DebianTreeRecipe {
  readonly id: string;
  readonly title: string;
  readonly suite: 'bookworm' | 'trixie';
  readonly packages: readonly string[];
  /** What is there besides `packages`; 'minbase' if absent (with apt), 'essential' is without apt. */
  readonly variant?: 'minbase' | 'essential' | 'apt' | 'custom' | 'extract';
  /** Globs relative to the root of the tree, removed at the end: 'usr/share/perl*'. */
  readonly remove?: readonly string[];
  /** Absolute path of a folder that is laid over the tree, owned by root, executable bits kept. */
  readonly overlayFolder?: string;
  /** Shell commands, run inside the tree as root after the overlay and before `remove`. */
  readonly setup?: readonly string[];
}

// Not in a tree: nobody reads manuals in a container. Copyright files stay, licences ask for them.
const unread = ['man', 'locale', 'info', 'lintian', 'groff', 'doc-base'];
// Times of files that are newer count as this one, so that equal trees are equal byte for byte.
const sourceDateEpoch = 1767225600;
const hostSources = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources'];
const mergedUsrHooks = '/usr/share/mmdebstrap/hooks/merged-usr';

/**
 * A Debian tree; `location` is the path of its rootfs.tar (no device nodes in it).
 * Package versions are those of the mirror on the day that it is made: they do not count in the fingerprint.
 */
export async function debianTree(workshop: Workbench, recipe: DebianTreeRecipe): Promise<Artifact> {
  for (const glob of recipe.remove ?? []) {
    if (!/^[\w.*?[\]@+~][\w./*?[\]@+~-]*$/.test(glob) || glob.split('/').includes('..')) {
      throw new Error(`'${glob}' is not a glob relative to the root of a tree`);
    }
  }
  const { title: _, overlayFolder, ...content } = recipe;
  const overlay = overlayFolder === undefined ? [] : await folderContent(overlayFolder);
  const fingerprint = fingerprintOf('debian-tree 1', content, overlay, workshop.platform);
  return cachedArtifact(workshop, {
    id: recipe.id,
    title: recipe.title,
    needs: [mmdebstrapId],
    fingerprint,
    file: 'rootfs.tar',
    fill: (folder, task) => bootstrap(workshop, recipe, folder, task),
  });
}

async function bootstrap(
  workshop: Workbench,
  recipe: DebianTreeRecipe,
  folder: string,
  task: Task,
): Promise<void> {
  if ((await workshop.commands.find('mmdebstrap')) === undefined) {
    throw new Failure('prerequisite', `${recipe.title} needs mmdebstrap, which is not on PATH`, {
      hint: installCommand(mmdebstrapPackages, process.getuid?.() === 0),
    });
  }
  const isRoot = process.getuid?.() === 0;
  const env: Record<string, string> = { SOURCE_DATE_EPOCH: String(sourceDateEpoch), LC_ALL: 'C.UTF-8' };
  const hooks: string[] = [];
  const customize = (command: string): number => hooks.push(`--customize-hook=${command}`);
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  // Inside the cache a killed run leaves nothing that is not swept. Others than root unpack under another user id,
  // which must be able to reach the place: they keep the system's own.
  if (isRoot) env['TMPDIR'] = scratch;

  if (recipe.overlayFolder !== undefined) {
    const overlay = join(scratch, 'overlay.tar');
    const ownership = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--mode=u+rw,go+rX,go-w'];
    await workshop.commands.run({
      program: 'tar',
      // Not '.': that would hand the mode of this folder on to the root of the tree.
      args: [
        ...ownership,
        // With a colon in its path the archive would lie on another host.
        '--force-local',
        '-C',
        recipe.overlayFolder,
        '-cf',
        overlay,
        '--',
        ...(await readdir(recipe.overlayFolder)),
      ],
      signal: task.signal,
    });
    customize(`tar-in ${quoteArgument(overlay)} /`);
  }
  for (const command of recipe.setup ?? []) {
    customize(`chroot "$1" /bin/sh -euc ${quoteArgument(command)}`);
  }
  const unwanted = unread.map((name) => `usr/share/${name}/*`);
  const leftovers = ['var/log/*', 'var/cache/*', 'var/lib/apt/lists/*', 'var/lib/dpkg/*-old'];
  customize(
    `cd "$1" && find usr/share/doc -mindepth 1 ! -name copyright ! -type d -delete 2>/dev/null || true`,
  );
  // The name and the resolvers of this machine are no part of a tree.
  leftovers.push('etc/hostname', 'etc/resolv.conf');
  customize(`cd "$1" && rm -rf ${[...unwanted, ...leftovers, ...(recipe.remove ?? [])].join(' ')}`);

  const excludes = ['/usr/share/doc/*', ...unread.map((name) => `/usr/share/${name}/*`)];
  const args = [
    // As root this still gets mounts of its own: when the run is killed, they vanish with it.
    isRoot ? '--mode=unshare' : '--mode=auto',
    `--variant=${recipe.variant ?? 'minbase'}`,
    '--verbose',
    '--format=tar',
    '--skip=output/dev',
    ...excludes.map((path) => `--dpkgopt=path-exclude=${path}`),
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    '--aptopt=Acquire::Languages "none"',
    // Without it bookworm brings the perl program that merges /usr afterwards.
    ...((await access(mergedUsrHooks).then(
      () => true,
      () => false,
    ))
      ? [`--hook-dir=${mergedUsrHooks}`]
      : []),
    ...(recipe.packages.length > 0 ? [`--include=${recipe.packages.join(',')}`] : []),
    ...hooks,
    recipe.suite,
    join(folder, 'rootfs.tar'),
    ...(await sourcesOfHost(recipe.suite)),
  ];
  const progress = new DebianProgress();
  await workshop.commands
    .run({
      program: 'mmdebstrap',
      args,
      env,
      signal: task.signal,
      onLine: (line) => {
        const read = progress.read(line);
        if (read !== undefined) task.report(read);
      },
    })
    .catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'command') throw error;
      throw new Failure('build', `${recipe.title} could not be made from Debian packages`, {
        cause: error,
        details: [error.message, ...error.details],
        hint: 'Is a Debian mirror reachable? `apt-get update` tells.',
      });
    });
  await rm(scratch, { recursive: true, force: true });
}

/** A machine with the same suite has its mirror set up already, perhaps a mirror of its own. */
async function sourcesOfHost(suite: string): Promise<string[]> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID=debian$/m.test(release) || !release.includes(`VERSION_CODENAME=${suite}`)) return [];
  const found: string[] = [];
  for (const file of hostSources) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (/^\s*(deb |Types:)/m.test(text)) found.push(file);
  }
  return found;
}
