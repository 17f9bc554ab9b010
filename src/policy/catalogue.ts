// Pure: every rule, in the order in which findings are explained.

import * as access from './rules/access.ts';
import { daprCredentials, noPlainCredentials } from './rules/credentials.ts';
import * as dapr from './rules/dapr.ts';
import * as images from './rules/images.ts';
import * as ingress from './rules/ingress.ts';
import * as names from './rules/names.ts';
import * as network from './rules/network.ts';
import * as peers from './rules/network-peers.ts';
import * as podSecurity from './rules/pod-security.ts';
import * as probes from './rules/probes.ts';
import * as resources from './rules/resources.ts';
import * as secrets from './rules/secrets.ts';
import * as services from './rules/services.ts';
import * as workloads from './rules/workloads.ts';
import type { Rule } from './policy-set.ts';

/** All of them. A waiver names one of these. */
export const policyRules: readonly Rule[] = [
  podSecurity.runAsNonRoot,
  podSecurity.noPrivilegeEscalation,
  podSecurity.notPrivileged,
  podSecurity.noHostAccess,
  podSecurity.readOnlyRoot,
  podSecurity.dropCapabilities,
  resources.resourcesSet,
  resources.requestsWithinLimits,
  probes.probesSet,
  probes.probePaths,
  probes.probePorts,
  images.imageTag,
  images.pullPolicy,
  images.versionLabel,
  names.resourceNames,
  names.namespaceNames,
  names.portNumbers,
  workloads.workloadSelector,
  workloads.replicaCount,
  workloads.rollingUpdate,
  workloads.scalingBounds,
  workloads.chartVersion,
  services.servicePorts,
  services.serviceSelector,
  services.serviceTargetPorts,
  ingress.ingressClass,
  ingress.ingressBackend,
  ingress.ingressHosts,
  ingress.ingressPaths,
  access.ownServiceAccount,
  access.serviceAccountExists,
  access.noWildcards,
  access.noSensitiveVerbs,
  access.namespaceScope,
  access.bindingTargets,
  network.networkDenyAll,
  network.networkPolicyReason,
  peers.networkPolicyPods,
  peers.networkPolicyNamespaces,
  peers.networkPolicyPorts,
  secrets.secretKeyNames,
  secrets.secretKeysKnown,
  secrets.secretType,
  secrets.secretEncoding,
  secrets.noSecretInChart,
  noPlainCredentials,
  daprCredentials,
  dapr.daprVersion,
  dapr.daprType,
  dapr.daprScopes,
  dapr.daprMtls,
  dapr.daprSidecars,
];
