// A cluster in memory in which cert-manager runs, and can fail in its ways.

import { Failure } from '../../../../src/failure.ts';
import { ApiStatus } from '../../../../src/kubernetes/client/api-status.ts';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { selfSigned } from '../../../support/self-signed.ts';

export const webhookDenial =
  'admission webhook "webhook.cert-manager.io" denied the request: spec.renewBefore: Invalid value';

export interface CertManagerBehaviour {
  /** How a Certificate that is renewed too early is answered, one after the other; the last one stays. */
  readonly toBad?: readonly (ApiStatus | 'accepted')[];
  /** How a proper one is answered; the last one stays. */
  readonly toGood?: readonly (ApiStatus | 'accepted')[];
  /** After so many looks the Certificate is ready; Infinity: never. */
  readonly readyAfter?: number;
  /** What the issued certificate is for; what was asked for if absent. */
  readonly issuedFor?: string;
}

export class CertManagerCluster extends FakeClusterApi {
  readonly #toBad: (ApiStatus | 'accepted')[];
  readonly #toGood: (ApiStatus | 'accepted')[];
  readonly #behaviour: CertManagerBehaviour;
  #looks = 0;

  constructor(behaviour: CertManagerBehaviour = {}) {
    super();
    this.#behaviour = behaviour;
    this.#toBad = [...(behaviour.toBad ?? [new ApiStatus(400, 'BadRequest', webhookDenial)])];
    this.#toGood = [...(behaviour.toGood ?? ['accepted' as const])];
    this.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cert-manager' } });
  }

  override async apply(
    object: ClusterObject,
    options: { dryRun?: boolean; signal: AbortSignal },
  ): Promise<ClusterObject> {
    if (object.kind !== 'Certificate') return super.apply(object, options);
    const spec = object['spec'] as { duration: string; renewBefore: string; dnsNames: string[] };
    const isBad = Number.parseInt(spec.renewBefore) >= Number.parseInt(spec.duration) && options.dryRun;
    const answers = isBad ? this.#toBad : this.#toGood;
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof ApiStatus) throw new Failure('cluster', answer.message, { cause: answer });
    const applied = await super.apply(object, options);
    return options.dryRun === true ? applied : this.#issue(applied, spec.dnsNames[0]!);
  }

  #issue(certificate: ClusterObject, host: string): ClusterObject {
    const isReady = ++this.#looks > (this.#behaviour.readyAfter ?? 1);
    const message = isReady ? 'Certificate is up to date' : 'Issuing certificate';
    const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False', message }];
    const looked = { ...certificate, status: { conditions } };
    this.add(looked);
    const { name, namespace = '' } = certificate.metadata;
    if (isReady && !this.objects.some(({ kind }) => kind === 'Secret')) {
      const made = selfSigned(this.#behaviour.issuedFor ?? host);
      const base64 = (text: string): string => Buffer.from(text).toString('base64');
      const data = { 'tls.crt': base64(made.certificate), 'tls.key': base64(made.key) };
      this.add({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data });
    }
    return looked;
  }
}
