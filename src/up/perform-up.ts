// Does the steps of `up`: one function per group, on ports only.

import { ensureNamespace } from '../kubernetes/ensure-namespace.ts';
import { ensureAuthoritySecret } from '../addons/cert-manager/ensure-authority-secret.ts';
import { ensureSecret } from '../secrets/ensure-secret.ts';
import { buildImage } from '../images/build/build-image.ts';
import { checkPolicies } from '../policy/check-policies.ts';
import { checkImageSizes } from '../images/check-image-sizes.ts';
import { ensureCluster } from '../cluster/ensure-cluster.ts';
import { installRelease } from '../releases/install-release.ts';
import type { Make } from '../run/journalled.ts';
import { loadImage } from '../images/load/load-image.ts';
import { removeOrphan } from '../releases/remove-orphan.ts';
import type { UpTools } from './up-tools.ts';

export function performUp(tools: UpTools): Make {
  const { run } = tools;
  return async (step, task, intend) => {
    // What these make has names of our own: there is nobody to ask.
    if (step.group === 'artifact' || step.group === 'image' || step.group === 'cluster') await intend();
    switch (step.group) {
      case 'artifact':
        await run.artifacts.get(step.subject)!.make(task);
        return undefined;
      case 'image':
        return buildImage(tools, step.subject, task);
      case 'budget':
        return checkImageSizes(tools, task);
      case 'cluster':
        return ensureCluster(tools, task);
      case 'policy':
        return checkPolicies(tools, task);
      case 'load':
        return loadImage(tools, step.subject, task);
      case 'namespace': {
        const api = await tools.connect();
        const isShared = isForSharedAddons(run, step.subject);
        const request = { api, name: step.subject, environment: run.name, isShared, intend };
        await ensureNamespace(request, task.signal, task.report);
        return undefined;
      }
      case 'secret': {
        const { keys, namespace = run.environment.namespace } = run.environment.secrets[step.subject]!;
        const name = step.subject;
        const { redactor } = tools;
        const about = { api: await tools.connect(), owner: run.name, redactor, intend };
        const { changedKeys } = await (keys
          ? ensureSecret({ ...about, spec: { name, namespace, keys }, environment: tools.env }, task.signal)
          : ensureAuthoritySecret(
              {
                ...{ ...about, name, namespace, isShared: run.environment.cluster.shared },
                authority: await tools.authority.ensure(task.signal),
              },
              task,
            ));
        return `keys written: ${changedKeys.join(', ') || 'none'}`;
      }
      case 'orphan':
        return removeOrphan(tools, step, task);
      case 'addon':
      case 'release':
        return installRelease(tools, step, task, intend);
    }
  };
}

/** Environments that share a cluster use each addon together; what else they have is in namespaces of their own. */
function isForSharedAddons({ environment, desired }: UpTools['run'], namespace: string): boolean {
  const inIt = desired.releases.filter((release) => release.namespace === namespace);
  return environment.cluster.shared && inIt.length > 0 && inIt.every(({ group }) => group === 'addon');
}
