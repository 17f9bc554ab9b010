// A release as helm keeps it in a Secret.

import { gzipSync } from 'node:zlib';
import type { ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';

export interface HelmSecret {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: string;
  readonly manifest?: string;
  /** YAML each. */
  readonly hooks?: readonly string[];
}

export function helmSecret(release: HelmSecret): ClusterObject {
  const { name, namespace, revision, status, manifest = '', hooks = [] } = release;
  const text = JSON.stringify({ manifest, hooks: hooks.map((hook) => ({ manifest: hook })) });
  // helm's base64 around gzip, and that of the API around it.
  const packed = Buffer.from(gzipSync(text).toString('base64')).toString('base64');
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', data: { release: packed } },
    metadata: {
      ...{ name: `sh.helm.release.v1.${name}.v${revision}`, namespace },
      labels: { owner: 'helm', name, version: String(revision), status },
    },
  };
}
