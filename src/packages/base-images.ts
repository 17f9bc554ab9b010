// The base images of the bundled services where no container registry answers.
//
//   debian tree ── base-debian ──┬── base-node ──┬── base-node-build    (build stages only)
//                     node ──────┘     npm, settings ─┘
//   postgres tree ── base-postgres                                      (build stages only)
//   redis tree ── base-redis                                            (build stages only)

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../failure.ts';
import type { Artifact } from './artifact.ts';
import { debianTree } from './debian-tree.ts';
import { npmPackage, type NpmPackageRecipe } from './npm-package.ts';
import { packagedImage } from './packaged-image.ts';
import type { Workshop } from './workshop.ts';
import { buildSettings } from '../images/build/build-settings.ts';
import { lockFile, packageFolder } from '../package-folder.ts';

const dockerfileFolder = join(packageFolder, 'dockerfiles/base');

const npmVersion = '11.19.1';
export const npmCli: NpmPackageRecipe = {
  id: 'npm-cli',
  title: `npm ${npmVersion}`,
  name: 'npm',
  version: npmVersion,
  integrity:
    'sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==',
};

// Nothing runs perl or converts character sets; Node and PostgreSQL bring or take time zones of their own.
const unusedInDebian = [
  ...['usr/bin/perl*', 'usr/lib/*-linux-gnu/perl-base', 'usr/share/perl5', 'usr/lib/*-linux-gnu/gconv'],
  ...['usr/share/zoneinfo', 'usr/share/bash-completion', 'var/lib/dpkg/info'],
];

// LLVM with its solver compiles queries, which pays from seconds of run time on; the cluster that the package
// makes for itself is never used.
const unusedInPostgres = [
  ...['usr/lib/*-linux-gnu/libLLVM*', 'usr/lib/llvm*', 'usr/lib/*-linux-gnu/libz3*'],
  ...['usr/lib/postgresql/15/lib/bitcode', 'var/lib/postgresql/*', 'usr/share/i18n'],
  ...['usr/share/perl', 'usr/share/perl5', 'usr/lib/*-linux-gnu/perl', 'usr/lib/*-linux-gnu/gconv'],
];

/**
 * base-debian, base-node, base-node-build, base-postgres and base-redis with all that they are made of, each after
 * what it needs. The `location` of these five is the reference to give as BASE or BUILD_BASE.
 */
export async function baseImageArtifacts(workshop: Workshop): Promise<Artifact[]> {
  const [debianFiles, postgresFiles, redisFiles, node, npm, settings] = await Promise.all([
    debianTree(workshop, {
      id: 'base-debian-tree',
      title: 'Debian (packages)',
      suite: 'bookworm',
      variant: 'essential',
      packages: ['libstdc++6'],
      remove: unusedInDebian,
    }),
    debianTree(workshop, {
      id: 'base-postgres-tree',
      title: 'PostgreSQL 15 (Debian packages)',
      suite: 'bookworm',
      variant: 'essential',
      packages: ['postgresql-15'],
      remove: unusedInPostgres,
    }),
    debianTree(workshop, {
      id: 'base-redis-tree',
      title: 'Redis 7.0 (Debian packages)',
      suite: 'bookworm',
      variant: 'essential',
      packages: ['redis-server'],
      remove: unusedInDebian,
    }),
    nodeRuntime(workshop.platform === 'linux/arm64' ? 'arm64' : 'x64').then((recipe) =>
      npmPackage(workshop, recipe),
    ),
    npmPackage(workshop, npmCli),
    buildSettings(workshop),
  ]);
  const debian = await packagedImage(workshop, {
    id: 'base-debian',
    title: 'Base image: Debian',
    contextFolder: join(dockerfileFolder, 'debian'),
    inputs: [{ artifact: debianFiles, to: 'rootfs.tar' }],
  });
  const nodeImage = await packagedImage(workshop, {
    id: 'base-node',
    title: 'Base image: Node 24',
    contextFolder: join(dockerfileFolder, 'node'),
    inputs: [{ artifact: node, from: 'bin/node', to: 'node' }],
    buildArgs: { BASE: debian.location },
    needs: [debian],
  });
  const nodeBuildImage = await packagedImage(workshop, {
    id: 'base-node-build',
    title: 'Build image: Node 24 with npm',
    contextFolder: join(dockerfileFolder, 'node-build'),
    inputs: [
      { artifact: npm, to: 'npm' },
      { artifact: settings, from: 'certificates.crt', to: 'certificates.crt' },
      { artifact: settings, from: 'npmrc', to: 'npmrc' },
    ],
    buildArgs: { BASE: nodeImage.location },
    needs: [nodeImage],
  });
  const postgresImage = await packagedImage(workshop, {
    id: 'base-postgres',
    title: 'Build image: PostgreSQL 15',
    contextFolder: join(dockerfileFolder, 'postgres'),
    inputs: [{ artifact: postgresFiles, to: 'rootfs.tar' }],
  });
  const redisImage = await packagedImage(workshop, {
    id: 'base-redis',
    title: 'Build image: Redis 7.0',
    contextFolder: join(dockerfileFolder, 'redis'),
    inputs: [{ artifact: redisFiles, to: 'rootfs.tar' }],
  });
  return [
    ...[debianFiles, postgresFiles, redisFiles, node, npm, settings],
    ...[debian, nodeImage, nodeBuildImage, postgresImage, redisImage],
  ];
}

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

/** The Node that also runs Slipway: version and integrity as the lockfile pins them. */
export async function nodeRuntime(architecture: 'x64' | 'arm64'): Promise<NpmPackageRecipe> {
  const name = `node-linux-${architecture}`;
  const lock = lockSchema.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) {
    throw new Failure('prerequisite', `package-lock.json does not pin ${name}`, {
      hint: 'Restore package.json and package-lock.json from git.',
    });
  }
  return { id: 'node-runtime', title: `Node ${version}`, name, version, integrity };
}
