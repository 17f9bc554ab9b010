// Pure: components and configurations of Dapr, and the pods that have its sidecar.

import { listAt, show, valueAt } from '../fields.ts';
import { parseGoDuration } from '../go-duration.ts';
import {
  findObject,
  groupOf,
  ofKind,
  type Breach,
  type PolicyObject,
  type PolicySet,
  type Rule,
} from '../policy-set.ts';
import { hasPort, listPorts, podsOf, portsOfPod, type Pod } from '../pods.ts';

/** https://docs.dapr.io/reference/components-reference/: the building blocks that have components. */
const TYPE =
  /^(state|pubsub|bindings|secretstores|configuration|lock|crypto|conversation|workflowbackend|nameresolution|middleware\.http)(\.[a-z0-9][a-z0-9-]*)+$/;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Bounds for mTLS, around the 24 h and 15 min of seed 001. */
const TTL_MS = { least: HOUR_MS, most: 24 * HOUR_MS };
const SKEW_MS = { least: MINUTE_MS, most: 30 * MINUTE_MS };

export const daprVersion: Rule = {
  name: 'dapr-version',
  title: 'a Dapr component says its version',
  why: 'The sidecar does not load one without (seed 001, Dapr Component: version must be specified).',
  remedy: 'Set spec.version: v1.',
  check: (set) =>
    components(set).flatMap((object): Breach[] => {
      const version = valueAt(object.body, 'spec', 'version');
      return typeof version === 'string' && /^v\d+((alpha|beta)\d+)?$/.test(version)
        ? []
        : [{ object, path: ['spec', 'version'], what: `the version is ${show(version)}` }];
    }),
};

export const daprType: Rule = {
  name: 'dapr-type',
  title: 'the type of a Dapr component is one that Dapr knows',
  why: 'The sidecar does not start with another (seed 001, Dapr Component: type must be valid).',
  remedy: 'Use <building block>.<technology>: pubsub.redis, state.redis.',
  check: (set) =>
    components(set).flatMap((object): Breach[] => {
      const type = valueAt(object.body, 'spec', 'type');
      return typeof type === 'string' && TYPE.test(type)
        ? []
        : [{ object, path: ['spec', 'type'], what: `the type is ${show(type)}` }];
    }),
};

export const daprScopes: Rule = {
  name: 'dapr-scopes',
  title: 'a Dapr component names the apps that may use it, and they are there',
  why: 'Without scopes every app may use it (seed 001, Dapr Component: scopes must list specific app IDs, never empty).',
  remedy: 'List the app ids (annotation dapr.io/app-id) under scopes.',
  check: (set) =>
    components(set).flatMap((object): Breach[] => {
      const scopes = listAt(object.body, 'scopes');
      if (scopes.length === 0) return [{ object, path: ['scopes'], what: 'has no scopes' }];
      const apps = new Set(sidecarPods(set, object.namespace).map(appIdOf));
      return scopes.flatMap((scope, index): Breach[] =>
        typeof scope === 'string' && apps.has(scope)
          ? []
          : [{ object, path: ['scopes', index], what: `there is no app ${show(scope)}` }],
      );
    }),
};

export const daprMtls: Rule = {
  name: 'dapr-mtls',
  title: 'Dapr speaks by mTLS, with certificates of 1 to 24 hours and a skew of 1 to 30 minutes',
  why: 'Calls between sidecars are else readable and anybody can make them; too short a lifetime breaks rotation, too small a skew breaks laptops that slept (seed 001, Dapr Configuration: 24h, 15m).',
  remedy: 'Set spec.mtls: {enabled: true, workloadCertTTL: 24h, allowedClockSkew: 15m}.',
  check: (set) =>
    configurations(set).flatMap((object): Breach[] => {
      const at = ['spec', 'mtls'];
      const enabled = valueAt(object.body, ...at, 'enabled');
      const time = (field: string, bounds: { least: number; most: number }): Breach[] => {
        const found = valueAt(object.body, ...at, field);
        const ms = typeof found === 'string' ? parseGoDuration(found) : undefined;
        return ms !== undefined && ms >= bounds.least && ms <= bounds.most
          ? []
          : [{ object, path: [...at, field], what: `${field} is ${show(found)}` }];
      };
      return [
        ...(enabled === true
          ? []
          : [{ object, path: [...at, 'enabled'], what: `mtls.enabled is ${show(enabled)}` }]),
        ...time('workloadCertTTL', TTL_MS),
        ...time('allowedClockSkew', SKEW_MS),
      ];
    }),
};

export const daprSidecars: Rule = {
  name: 'dapr-sidecars',
  title:
    'a pod with a Dapr sidecar has an app id of its own, a port that it declares, and a configuration that is there',
  why: 'The sidecar calls the app at that port, and takes mTLS and tracing from the configuration (seed 001, Dapr Configuration: applied to all sidecars in namespace).',
  remedy: 'Set the annotations dapr.io/app-id, dapr.io/app-port and dapr.io/config of the pod template.',
  check: (set) => {
    const taken = new Map<string, string>();
    return sidecarPods(set).flatMap((pod): Breach[] => {
      const { object, annotations } = pod;
      const at = (name: string): { object: PolicyObject; path: (string | number)[] } => ({
        object,
        path: [...pod.path.slice(0, -1), 'metadata', 'annotations', `dapr.io/${name}`],
      });
      const id = appIdOf(pod);
      const other = taken.get(`${object.namespace}/${id}`);
      taken.set(`${object.namespace}/${id}`, object.name);
      const port = annotations.get('dapr.io/app-port');
      const config = annotations.get('dapr.io/config');
      return [
        ...(annotations.get('dapr.io/app-id') ? [] : [{ ...at('app-id'), what: 'has no app id' }]),
        ...(other === undefined ? [] : [{ ...at('app-id'), what: `${other} has the app id ${id} too` }]),
        ...(port === undefined || hasPort(portsOfPod(pod), Number(port))
          ? []
          : [
              {
                ...at('app-port'),
                what: `the app port is ${port}; its ports are ${listPorts(portsOfPod(pod))}`,
              },
            ]),
        ...(config !== undefined && findObject(set, 'Configuration', config, object.namespace)
          ? []
          : [
              {
                ...at('config'),
                what: config === undefined ? 'names no configuration' : `there is no configuration ${config}`,
              },
            ]),
      ];
    });
  },
};

function components(set: PolicySet): PolicyObject[] {
  return ofKind(set, 'Component').filter((object) => groupOf(object) === 'dapr.io');
}

/** Those of applications; Dapr's own chart brings the one of the control plane. */
function configurations(set: PolicySet): PolicyObject[] {
  return ofKind(set, 'Configuration').filter((object) => groupOf(object) === 'dapr.io');
}

function sidecarPods(set: PolicySet, namespace?: string): Pod[] {
  return podsOf(set).filter(
    ({ annotations, object }) =>
      annotations.get('dapr.io/enabled') === 'true' &&
      (namespace === undefined || object.namespace === namespace),
  );
}

/** By default it is the name of the workload. */
function appIdOf({ annotations, object }: Pod): string {
  return annotations.get('dapr.io/app-id') ?? object.name;
}
