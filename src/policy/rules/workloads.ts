// Pure: deployments and what scales them.

import { entriesAt, show, textAt, valueAt } from '../fields.ts';
import { findObject, ofKind, type Breach, type Rule } from '../policy-set.ts';
import { podOf } from '../pods.ts';
import { isSemver } from '../image-reference.ts';
import { showLabels } from '../selectors.ts';

const WITH_SELECTOR = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'];
const SCALED = ['Deployment', 'ReplicaSet', 'StatefulSet'];

export const workloadSelector: Rule = {
  name: 'workload-selector',
  title: 'what a workload selects is on its own pods',
  why: 'The API server refuses it otherwise, and an empty selector would take in strangers (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector).',
  remedy: 'Write the same labels into spec.selector.matchLabels and spec.template.metadata.labels.',
  check: (set) =>
    ofKind(set, ...WITH_SELECTOR).flatMap((object): Breach[] => {
      const wanted = entriesAt(object.body, 'spec', 'selector', 'matchLabels');
      if (wanted.length === 0) {
        const path = ['spec', 'selector', 'matchLabels'];
        return valueAt(object.body, 'spec', 'selector', 'matchExpressions') === undefined
          ? [{ object, path, what: 'selects by no label' }]
          : [];
      }
      const labels = podOf(object)?.labels;
      return wanted
        .filter(([key, value]) => labels?.get(key) !== value)
        .map(([key, value]) => ({
          object,
          path: ['spec', 'selector', 'matchLabels', key],
          what: `selects ${key}=${show(value)}; its pods have ${showLabels(labels)}`,
        }));
    }),
};

export const replicaCount: Rule = {
  name: 'replica-count',
  title: 'there is at least one replica',
  why: 'With none nothing runs and nothing says so (seed 001, Deployment Configuration: replica count must be >= 1).',
  remedy: 'Set replicas to 1 or more.',
  check: (set) =>
    ofKind(set, ...SCALED).flatMap((object): Breach[] => {
      const replicas = valueAt(object.body, 'spec', 'replicas') ?? 1;
      return typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 1
        ? []
        : [{ object, path: ['spec', 'replicas'], what: `replicas is ${show(replicas)}` }];
    }),
};

export const rollingUpdate: Rule = {
  name: 'rolling-update',
  title: 'deployments are updated by RollingUpdate with maxUnavailable 0',
  why: 'The old pods serve until the new ones do (seed 002, Update Strategy: always keep at least 1 pod running).',
  remedy: 'Set strategy.type: RollingUpdate and strategy.rollingUpdate.maxUnavailable: 0.',
  check: (set) =>
    ofKind(set, 'Deployment').flatMap((object): Breach[] => {
      const type = textAt(object.body, 'spec', 'strategy', 'type') ?? 'RollingUpdate';
      if (type !== 'RollingUpdate')
        return [{ object, path: ['spec', 'strategy', 'type'], what: `the strategy is ${type}` }];
      const unavailable = valueAt(object.body, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
      return unavailable === 0 || unavailable === '0' || unavailable === '0%'
        ? []
        : [
            {
              object,
              path: ['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'],
              what: `maxUnavailable is ${show(unavailable ?? '25%, the default')}`,
            },
          ];
    }),
};

export const scalingBounds: Rule = {
  name: 'scaling-bounds',
  title: 'a HorizontalPodAutoscaler has 1 <= minReplicas <= maxReplicas and scales something that is there',
  why: 'The API server refuses other bounds, and a target that is not there is never scaled (seed 004, HPAPolicy: min and max).',
  remedy: 'Correct minReplicas, maxReplicas or scaleTargetRef.',
  check: (set) =>
    ofKind(set, 'HorizontalPodAutoscaler').flatMap((object): Breach[] => {
      const least = valueAt(object.body, 'spec', 'minReplicas') ?? 1;
      const most = valueAt(object.body, 'spec', 'maxReplicas');
      const kind = textAt(object.body, 'spec', 'scaleTargetRef', 'kind') ?? '';
      const name = textAt(object.body, 'spec', 'scaleTargetRef', 'name');
      const areBounds = typeof least === 'number' && typeof most === 'number' && least >= 1 && least <= most;
      return [
        ...(areBounds
          ? []
          : [
              {
                object,
                path: ['spec', 'minReplicas'],
                what: `minReplicas is ${show(least)}, maxReplicas ${show(most)}`,
              },
            ]),
        ...(findObject(set, kind, name, object.namespace)
          ? []
          : [
              {
                object,
                path: ['spec', 'scaleTargetRef', 'name'],
                what: `there is no ${kind} ${show(name)} in namespace ${show(object.namespace)}`,
              },
            ]),
      ];
    }),
};

export const chartVersion: Rule = {
  name: 'chart-version',
  title: 'the version of a chart is a semantic version',
  why: 'helm refuses others, and upgrades are told apart by it (seed 002, HelmChart: version must follow MAJOR.MINOR.PATCH).',
  remedy: 'Write version: MAJOR.MINOR.PATCH in Chart.yaml.',
  check: (set) => {
    const seen = new Set<string>();
    return set.releases.flatMap((release): Breach[] => {
      if (seen.has(release.chartPath)) return [];
      seen.add(release.chartPath);
      const version = valueAt(release.chart, 'version');
      return typeof version === 'string' && isSemver(version.replace(/^v/, ''))
        ? []
        : [{ release, part: 'Chart.yaml', path: ['version'], what: `the version is ${show(version)}` }];
    });
  },
};
