// Pure: how things in the cluster are marked as ours.

/** Label on every namespace, release and object that Slipway itself creates. */
export const OWNER_LABEL = 'slipway.dev/owner';
export const OWNER = 'slipway';
/** Label that names the environment (its name in slipway.config.ts). */
export const ENVIRONMENT_LABEL = 'slipway.dev/environment';

/** The labels of something that belongs to an environment. */
export function ownershipLabels(environment: string): Record<string, string> {
  return { [OWNER_LABEL]: OWNER, [ENVIRONMENT_LABEL]: environment };
}

/** Whether these labels say that Slipway made the thing. */
export function isOurs(labels: Readonly<Record<string, string>> | undefined): boolean {
  return labels?.[OWNER_LABEL] === OWNER;
}
