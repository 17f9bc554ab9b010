// What the NGINX ingress controller is made of where no container registry answers.

import { join } from 'node:path';
import type { Artifact } from '../../packages/artifact.ts';
import { debianTree } from '../../packages/debian-tree.ts';
import { goBinary } from '../../packages/go-binary.ts';
import { packagedImage } from '../../packages/packaged-image.ts';
import type { Workshop } from '../../packages/workshop.ts';
import { goModuleFiles } from '../../packages/go-module-files.ts';
import { balancerLuaEdits, configurationLuaEdits } from './ingress-nginx-lua.ts';
import { nginxTemplateEdits } from './ingress-nginx-template.ts';

/** What controller/go.mod pins: eight commits after v1.11.0, the newest that the module proxy has. */
export const packagedIngressNginxVersion = '1.11.0';
const commit = '52c50467d67d';
const module = 'k8s.io/ingress-nginx';

const ldflags = [
  '-s -w',
  `-X ${module}/version.RELEASE=v${packagedIngressNginxVersion}`,
  `-X ${module}/version.COMMIT=${commit}`,
  `-X ${module}/version.REPO=https://github.com/kubernetes/ingress-nginx`,
].join(' ');

/**
 * Controller, NGINX and image, in the order in which they are needed; the last one is the image to load.
 * @param dockerfileFolder absolute path of dockerfiles/ingress-nginx.
 */
export async function ingressNginxArtifacts(
  workshop: Workshop,
  dockerfileFolder: string,
): Promise<Artifact[]> {
  const moduleFolder = join(dockerfileFolder, 'controller');
  const controller = await goBinary(workshop, {
    id: 'ingress-nginx-controller',
    title: `NGINX ingress controller ${packagedIngressNginxVersion} (compile)`,
    moduleFolder,
    packages: [{ path: `${module}/cmd/nginx`, output: 'nginx-ingress-controller' }],
    ldflags,
  });
  const upstream = await goModuleFiles(workshop, {
    id: 'ingress-nginx-files',
    title: 'NGINX ingress controller (Lua and template)',
    moduleFolder,
    module,
    files: [
      { from: 'rootfs/etc/nginx/lua', to: 'lua' },
      { from: 'rootfs/etc/nginx/template', to: 'template' },
    ],
    edits: {
      'template/nginx.tmpl': nginxTemplateEdits,
      'lua/configuration.lua': configurationLuaEdits,
      'lua/balancer.lua': balancerLuaEdits,
    },
  });
  const tree = await debianTree(workshop, {
    id: 'ingress-nginx-tree',
    title: 'NGINX (Debian packages)',
    suite: 'bookworm',
    // Unpacked and not configured: nothing here needs the scripts of its packages, nor apt and dpkg. What is not
    // wanted goes in the Dockerfile, because mmdebstrap removes nothing in this variant.
    variant: 'extract',
    packages: [
      'nginx',
      'libnginx-mod-http-lua',
      'libnginx-mod-http-ndk',
      'libnginx-mod-http-headers-more-filter',
      'libnginx-mod-http-set-misc',
      'libnginx-mod-http-brotli-filter',
      'libnginx-mod-http-brotli-static',
      'lua-resty-core',
      'lua-resty-lrucache',
      'lua-cjson',
      'lua-nginx-cookie',
      'lua-nginx-dns',
      'dumb-init',
      'busybox-static',
    ],
  });
  const image = await packagedImage(workshop, {
    id: 'ingress-nginx',
    title: `NGINX ingress controller ${packagedIngressNginxVersion} (image)`,
    contextFolder: dockerfileFolder,
    inputs: [
      { artifact: tree, to: 'rootfs.tar' },
      { artifact: controller, to: 'bin' },
      { artifact: upstream, to: 'upstream' },
    ],
  });
  return [controller, upstream, tree, image];
}
