// Shows that cert-manager does its work: its webhook turns a Certificate down that cannot be issued, and a proper one
// is issued and can be read back.

import { Failure } from '../../failure.ts';
import { apiStatusOf, isTransient } from '../../kubernetes/client/api-status.ts';
import type { ClusterApi, ClusterObject, ObjectReference } from '../../kubernetes/client/cluster-api.ts';
import { waitForGone } from '../../kubernetes/wait-for-gone.ts';
import type { Task } from '../../task.ts';
import type { AddonContext } from '../addon.ts';
import { judgeKeyPair } from '../../certificates/judge-key-pair.ts';
import { waitUntilProven } from '../wait-until-verified.ts';

export interface CertManagerClaims {
  /** Where the probe is made; has to be there. */
  readonly namespace: string;
  /** For each claim by itself. */
  readonly deadlineMs: number;
  /** Pause between two looks; that of waitUntilProven if absent. */
  readonly intervalMs?: number;
  /** How long the probe's objects may take to leave; 30 s if absent. */
  readonly goneWithinMs?: number;
}

const certManagerApi = 'cert-manager.io/v1';
const name = 'slipway-probe';
const probeHost = 'slipway-probe.invalid';
const webhookRefusal = /admission webhook "([^"]*cert-manager[^"]*)" denied the request/;

/**
 * Nothing stays in the cluster, also when it fails or is stopped.
 * Rejects with Failure 'addon' and the last state seen, or with 'interrupted'.
 */
export async function proveCertManager(
  claims: CertManagerClaims,
  { api }: AddonContext,
  task: Task,
): Promise<void> {
  const { namespace, deadlineMs, intervalMs } = claims;
  const patience = { deadlineMs, ...(intervalMs === undefined ? {} : { intervalMs }) };
  task.report({ text: 'asking the webhook to refuse a Certificate' });
  await waitUntilProven(
    {
      sentence: 'the webhook of cert-manager refuses a Certificate that is renewed before it is issued',
      observe: (signal) => observeRefusal(namespace, api, signal),
      ...patience,
      hint: `kubectl -n ${namespace} logs deployment/cert-manager-webhook`,
    },
    task,
  );
  await leavingNothing(claims, api, task, async () => {
    task.report({ text: 'asking for a certificate' });
    await waitUntilProven(
      {
        sentence: `a certificate for ${probeHost} is issued`,
        observe: (signal) => observeIssuing(namespace, api, signal),
        ...patience,
        hint: `kubectl -n ${namespace} logs deployment/cert-manager`,
      },
      task,
    );
  });
}

function certificate(namespace: string, renewBefore: string): ClusterObject {
  return {
    apiVersion: certManagerApi,
    kind: 'Certificate',
    metadata: { name, namespace },
    spec: {
      secretName: name,
      dnsNames: [probeHost],
      duration: '1h0m0s',
      renewBefore,
      privateKey: { algorithm: 'ECDSA', size: 256 },
      issuerRef: { name, kind: 'Issuer', group: 'cert-manager.io' },
    },
  };
}

// The schema of the definition lets it pass: only the webhook compares the two times.
async function observeRefusal(
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await api.apply(certificate(namespace, '2h0m0s'), { dryRun: true, signal });
    return 'the API accepts it: no webhook looks at it';
  } catch (error) {
    const status = apiStatusOf(error);
    if (status === undefined) throw error;
    return webhookRefusal.test(status.message) ? undefined : status.message;
  }
}

async function observeIssuing(
  namespace: string,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const issuer = { apiVersion: certManagerApi, kind: 'Issuer', metadata: { name, namespace } };
    await api.apply({ ...issuer, spec: { selfSigned: {} } }, { signal });
    const { status } = await api.apply(certificate(namespace, '30m0s'), { signal });
    const notReady = describeConditions(status);
    if (notReady !== undefined) return notReady;
    const secret = await api.get(secretReference(namespace), signal);
    if (secret === undefined) return 'the Certificate is called ready, but its Secret is not there';
    return judgeKeyPair((secret['data'] ?? {}) as Record<string, string>, { host: probeHost });
  } catch (error) {
    if (isTransient(error)) return (error as Failure).message;
    if (apiStatusOf(error) === undefined) throw error;
    throw new Failure('addon', `the API refuses a proper certificate: ${(error as Failure).message}`, {
      cause: error,
    });
  }
}

function describeConditions(status: unknown): string | undefined {
  const { conditions = [] } = (status ?? {}) as {
    conditions?: { type: string; status: string; message?: string }[];
  };
  if (conditions.some(({ type, status: holds }) => type === 'Ready' && holds === 'True')) return undefined;
  const said = conditions.map(({ type, status: holds, message }) => `${type} is ${holds}: ${message ?? ''}`);
  return said.length === 0 ? 'the controller has not looked at the Certificate' : said.join('; ');
}

function secretReference(namespace: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'Secret', name, namespace };
}

/** Before, because a killed run may have left a certificate that would prove nothing; after, in any case. */
async function leavingNothing(
  claims: CertManagerClaims,
  api: ClusterApi,
  task: Task,
  act: () => Promise<void>,
): Promise<void> {
  await removeProbe(claims, api, task);
  let failed = true;
  try {
    await act();
    failed = false;
  } finally {
    // Also after a stop, so with a signal of its own. What went wrong first is what counts.
    const removal = removeProbe(claims, api, { signal: AbortSignal.timeout(60_000), report: task.report });
    await (failed ? removal.catch(() => {}) : removal);
  }
}

async function removeProbe(claims: CertManagerClaims, api: ClusterApi, task: Task): Promise<void> {
  const { namespace, goneWithinMs = 30_000, intervalMs } = claims;
  const probe = { apiVersion: certManagerApi, name, namespace };
  // The Secret last: as long as there is a Certificate, the controller makes it anew.
  const groups: ObjectReference[][] = [
    [{ ...probe, kind: 'Certificate' }],
    [{ ...probe, kind: 'Issuer' }, secretReference(namespace)],
  ];
  task.report({ text: 'removing the probe' });
  for (const references of groups) {
    for (const reference of references) await api.delete(reference, task.signal);
    const gone = { api, references, deadlineMs: goneWithinMs };
    await waitForGone(intervalMs === undefined ? gone : { ...gone, intervalMs }, task).catch(asAddonFailure);
  }
}

function asAddonFailure(error: unknown): never {
  if (!(error instanceof Failure) || error.code !== 'timeout') throw error;
  const { message, details, hint } = error;
  throw new Failure('addon', `the probe of cert-manager is ${message}`, { cause: error, details, hint });
}
