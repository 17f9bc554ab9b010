// What cert-manager is made of where no container registry answers.

import { join } from 'node:path';
import type { Artifact } from '../../packages/artifact.ts';
import { goBinary } from '../../packages/go-binary.ts';
import { packagedImage } from '../../packages/packaged-image.ts';
import type { Workshop } from '../../packages/workshop.ts';

/** That of the chart, of the official images, and of the module that go.mod pins. */
export const certManagerVersion = '1.21.2';

// What upstream's own builds stamp; the version is in the user agent, in labels of solver pods and in the log.
const ldflags = `-s -w -X github.com/cert-manager/cert-manager/pkg/util.AppVersion=v${certManagerVersion}`;

/**
 * Binary and image, in the order in which they are needed; the last one is the image to load.
 * @param dockerfileFolder absolute path of dockerfiles/cert-manager.
 */
export async function certManagerArtifacts(
  workshop: Workshop,
  dockerfileFolder: string,
): Promise<Artifact[]> {
  const binary = await goBinary(workshop, {
    id: 'cert-manager-binary',
    title: `cert-manager ${certManagerVersion} (compile)`,
    moduleFolder: join(dockerfileFolder, 'program'),
    packages: [{ path: '.', output: 'cert-manager' }],
    ldflags,
  });
  const image = await packagedImage(workshop, {
    id: 'cert-manager',
    title: `cert-manager ${certManagerVersion} (image)`,
    contextFolder: dockerfileFolder,
    inputs: [{ artifact: binary, to: 'bin' }],
  });
  return [binary, image];
}
