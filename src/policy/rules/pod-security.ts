// Pure: what a pod may not do to the node that it runs on.

import { entriesAt, listAt, show, textAt, textsAt, valueAt } from '../fields.ts';
import type { Breach, PolicySet, Rule } from '../policy-set.ts';
import { containersOf, inContainer, podsOf, securityOf, type Container } from '../pods.ts';

const STANDARDS = 'https://kubernetes.io/docs/concepts/security/pod-security-standards/';

export const runAsNonRoot: Rule = {
  name: 'run-as-non-root',
  title: 'pods run as a user other than root',
  why: `Whoever breaks out of a container is then not root on the node (seed 001, Kubernetes Pod: UID > 0; ${STANDARDS}).`,
  remedy: 'Set securityContext.runAsNonRoot: true and runAsUser to a number above 0.',
  check: (set) =>
    eachContainer(set, (container) => {
      const user = securityOf(container, 'runAsUser');
      if (user !== undefined && (typeof user !== 'number' || user <= 0))
        return [breach(container, ['runAsUser'], `runs as user ${show(user)}`)];
      return securityOf(container, 'runAsNonRoot') === true
        ? []
        : [breach(container, ['runAsNonRoot'], 'runAsNonRoot is not true')];
    }),
};

export const noPrivilegeEscalation: Rule = {
  name: 'no-privilege-escalation',
  title: 'allowPrivilegeEscalation is false',
  why: `A setuid program in the image would otherwise give root back (seed 001, Kubernetes Pod; ${STANDARDS}).`,
  remedy: "Set allowPrivilegeEscalation: false in the container's securityContext.",
  check: (set) =>
    eachContainer(set, (container) =>
      valueAt(container.body, 'securityContext', 'allowPrivilegeEscalation') === false
        ? []
        : [breach(container, ['allowPrivilegeEscalation'], 'allowPrivilegeEscalation is not false')],
    ),
};

export const notPrivileged: Rule = {
  name: 'not-privileged',
  title: 'no container is privileged',
  why: `A privileged container is root on the node (seed 001, Kubernetes Pod: privileges false; ${STANDARDS}).`,
  remedy: "Take privileged: true out of the container's securityContext.",
  check: (set) =>
    eachContainer(set, (container) => {
      const privileged = valueAt(container.body, 'securityContext', 'privileged');
      return privileged === undefined || privileged === false
        ? []
        : [breach(container, ['privileged'], `privileged is ${show(privileged)}`)];
    }),
};

export const noHostAccess: Rule = {
  name: 'no-host-access',
  title: "pods use neither the node's namespaces nor its files",
  why: `What is shared with the node is not isolated from it (${STANDARDS}).`,
  remedy: 'Take out hostNetwork, hostPID, hostIPC and hostPath volumes.',
  check: (set) =>
    podsOf(set).flatMap(({ object, path, spec }): Breach[] => [
      ...['hostNetwork', 'hostPID', 'hostIPC']
        .filter((field) => ![undefined, false].includes(valueAt(spec, field) as boolean | undefined))
        .map((field) => ({ object, path: [...path, field], what: `${field} is on` })),
      ...listAt(spec, 'volumes').flatMap((volume, index) =>
        valueAt(volume, 'hostPath') === undefined
          ? []
          : [
              {
                object,
                path: [...path, 'volumes', index, 'hostPath'],
                what: `volume ${show(textAt(volume, 'name'))} is a folder of the node`,
              },
            ],
      ),
    ]),
};

export const readOnlyRoot: Rule = {
  name: 'read-only-root',
  title: 'the root file system is read-only; what is written lies in declared volumes',
  why: `What cannot be changed cannot be tampered with, and nothing is lost with a pod unseen (seed 001, Kubernetes Pod: read-only root except specific writable volumes).`,
  remedy:
    "Set readOnlyRootFilesystem: true in the container's securityContext and mount a volume (emptyDir) where it writes.",
  check: (set) =>
    eachContainer(set, (container) => {
      const isReadOnly = valueAt(container.body, 'securityContext', 'readOnlyRootFilesystem') === true;
      const volumes = new Set([
        ...listAt(container.pod.spec, 'volumes').map((volume) => textAt(volume, 'name')),
        ...listAt(container.pod.object.body, 'spec', 'volumeClaimTemplates').map((claim) =>
          textAt(claim, 'metadata', 'name'),
        ),
      ]);
      const mounts = listAt(container.body, 'volumeMounts').flatMap((mount, index) => {
        const at = inContainer(container, 'volumeMounts', index);
        const name = textAt(mount, 'name');
        if (!volumes.has(name))
          return [{ ...at, what: `${container.name}: mounts ${show(name)}, which is no volume of the pod` }];
        return textAt(mount, 'mountPath') === '/' && valueAt(mount, 'readOnly') !== true
          ? [{ ...at, what: `${container.name}: a writable volume is mounted over the whole root` }]
          : [];
      });
      return isReadOnly
        ? mounts
        : [breach(container, ['readOnlyRootFilesystem'], 'readOnlyRootFilesystem is not true'), ...mounts];
    }),
};

export const dropCapabilities: Rule = {
  name: 'drop-capabilities',
  title: 'all capabilities are dropped; at most NET_BIND_SERVICE is added',
  why: `Capabilities are parts of root's power (seed 001, Kubernetes Pod: all dropped except explicitly needed; ${STANDARDS}).`,
  remedy:
    "Set capabilities.drop: [ALL] in the container's securityContext. One that is needed is waived with its reason.",
  check: (set) =>
    eachContainer(set, (container) => {
      const path = ['securityContext', 'capabilities'];
      const dropsAll = textsAt(container.body, ...path, 'drop').some((name) => name.toUpperCase() === 'ALL');
      const added = listAt(container.body, ...path, 'add').flatMap((name, index) =>
        name === 'NET_BIND_SERVICE'
          ? []
          : [breach(container, ['capabilities', 'add', index], `adds the capability ${show(name)}`)],
      );
      return dropsAll
        ? added
        : [breach(container, ['capabilities', 'drop'], 'does not drop all capabilities'), ...added];
    }),
};

function eachContainer(set: PolicySet, check: (container: Container) => Breach[]): Breach[] {
  return containersOf(set).flatMap(check);
}

/** In the container's security context, or in the pod's where only that has the field. */
function breach(container: Container, field: readonly (string | number)[], what: string): Breach {
  const message = `${container.name}: ${what}`;
  const first = field[0]!;
  const isPods =
    valueAt(container.body, 'securityContext', first) === undefined &&
    (valueAt(container.pod.spec, 'securityContext', first) !== undefined ||
      (POD_FIELDS.has(first) && entriesAt(container.body, 'securityContext').length === 0));
  return isPods
    ? {
        object: container.pod.object,
        path: [...container.pod.path, 'securityContext', ...field],
        what: message,
      }
    : { ...inContainer(container, 'securityContext', ...field), what: message };
}

/** What can stand in the pod's security context as well, and mostly does. */
const POD_FIELDS = new Set<string | number>(['runAsNonRoot', 'runAsUser']);
