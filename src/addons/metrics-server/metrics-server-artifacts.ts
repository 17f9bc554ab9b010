// What metrics-server is made of where no container registry answers.

import { join } from 'node:path';
import type { Artifact } from '../../packages/artifact.ts';
import { goBinary } from '../../packages/go-binary.ts';
import { packagedImage } from '../../packages/packaged-image.ts';
import type { Workshop } from '../../packages/workshop.ts';

/** What server/go.mod pins, and the tag of the official image in the chart's values. */
export const metricsServerVersion = '0.9.0';

const module = 'sigs.k8s.io/metrics-server';

/**
 * Program and image, in the order in which they are needed; the last one is the image to load.
 * @param dockerfileFolder absolute path of dockerfiles/metrics-server.
 */
export async function metricsServerArtifacts(
  workshop: Workshop,
  dockerfileFolder: string,
): Promise<Artifact[]> {
  const program = await goBinary(workshop, {
    id: 'metrics-server-program',
    title: `metrics-server ${metricsServerVersion} (compile)`,
    moduleFolder: join(dockerfileFolder, 'server'),
    packages: [{ path: `${module}/cmd/metrics-server`, output: 'metrics-server' }],
    ldflags: `-s -w -X k8s.io/client-go/pkg/version.gitVersion=v${metricsServerVersion}`,
  });
  const image = await packagedImage(workshop, {
    id: 'metrics-server',
    title: `metrics-server ${metricsServerVersion} (image)`,
    contextFolder: dockerfileFolder,
    inputs: [{ artifact: program, to: 'bin' }],
  });
  return [program, image];
}
