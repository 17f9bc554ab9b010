// What Dapr is made of where no container registry answers.

import { join } from 'node:path';
import type { Artifact } from '../../packages/artifact.ts';
import { goBinary } from '../../packages/go-binary.ts';
import { packagedImage } from '../../packages/packaged-image.ts';
import type { Workshop } from '../../packages/workshop.ts';

/** Of the chart, of the official images, and what programs/go.mod pins. */
export const daprVersion = '1.14.0';

const ldflags = [
  '-s -w',
  `-X github.com/dapr/dapr/pkg/buildinfo.version=${daprVersion}`,
  `-X github.com/dapr/kit/logger.DaprVersion=${daprVersion}`,
].join(' ');

/**
 * Program and image, in the order in which they are needed; the last one is the image to load.
 * @param dockerfileFolder absolute path of dockerfiles/dapr.
 */
export async function daprArtifacts(workshop: Workshop, dockerfileFolder: string): Promise<Artifact[]> {
  const program = await goBinary(workshop, {
    id: 'dapr-program',
    title: `Dapr ${daprVersion} (compile)`,
    moduleFolder: join(dockerfileFolder, 'programs'),
    packages: [{ path: '.', output: 'dapr' }],
    ldflags,
  });
  const image = await packagedImage(workshop, {
    id: 'dapr',
    title: `Dapr ${daprVersion} (image)`,
    contextFolder: dockerfileFolder,
    inputs: [{ artifact: program, to: 'bin' }],
  });
  return [program, image];
}
