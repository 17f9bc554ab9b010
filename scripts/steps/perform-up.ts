// Does the steps of `up`: one function per group, on ports only.

import { Failure } from '../failure.ts';
import type { Perform } from '../engine/run-plan.ts';
import { ensureNamespace } from '../kubernetes/ensure-namespace.ts';
import { ensureSecret } from '../secret/ensure-secret.ts';
import { buildImage } from './build-image.ts';
import { checkImageSizes } from './check-image-sizes.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { installRelease } from './install-release.ts';
import { loadImage } from './load-image.ts';
import type { UpTools } from './up-tools.ts';

export function performUp(tools: UpTools): Perform {
  const { run } = tools;
  return async (step, task) => {
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
      case 'load':
        return loadImage(tools, step.subject, task);
      case 'namespace':
        await ensureNamespace({ api: await tools.connect(), name: step.subject, environment: run.name }, task.signal);
        return undefined;
      case 'secret': {
        const spec = run.environment.secrets[step.subject];
        if (!spec) throw new Failure('config', `there is no secret ${step.subject}`);
        return undefined;
      }
      case 'addon':
      case 'release':
        return installRelease(tools, step, task);
    }
  };
}
