// Pure: how things in the cluster are marked as ours, and whose a thing is.

/** Label on every namespace, release and object that Slipway itself creates. */
export const OWNER_LABEL = 'slipway.dev/owner';
export const OWNER = 'slipway';
/** Label that names the environment (its name in slipway.config.ts). */
export const ENVIRONMENT_LABEL = 'slipway.dev/environment';

type Labels = Readonly<Record<string, string>>;

/** The labels of something that belongs to an environment. */
export function ownershipLabels(environment: string): Record<string, string> {
  return { [OWNER_LABEL]: OWNER, [ENVIRONMENT_LABEL]: environment };
}

/** Whether these labels say that Slipway made the thing, for whichever environment. */
export function isOurs(labels: Labels | undefined): boolean {
  return labels?.[OWNER_LABEL] === OWNER;
}

/** Whether Slipway made the thing for this environment: only then may a run of the environment change it. */
export function isOf(environment: string, labels: Labels | undefined): boolean {
  return foreignOwner(environment, labels) === undefined;
}

/** Whose a thing is that this environment may not touch, to follow 'it': 'was not made by Slipway'. */
export function foreignOwner(environment: string, labels: Labels | undefined): string | undefined {
  if (!isOurs(labels)) return 'was not made by Slipway';
  const other = labels?.[ENVIRONMENT_LABEL];
  if (other === environment) return undefined;
  return other === undefined ? 'belongs to no environment' : `belongs to the environment ${other}`;
}

/** Begin of a label on a namespace that belongs to one environment and is used by others: their names follow. */
const USED_BY = 'used-by.slipway.dev/';

/** The environments that use a namespace of another one, in a cluster that they share. */
export function usersOf(labels: Labels | undefined): string[] {
  return Object.keys(labels ?? {}).flatMap((key) =>
    key.startsWith(USED_BY) ? [key.slice(USED_BY.length)] : [],
  );
}

/** All that we write of such labels, with these users: what an apply does not name would go. */
export function sharedLabels(owner: string, users: readonly string[]): Record<string, string> {
  const others = users.filter((user) => user !== owner);
  return {
    ...ownershipLabels(owner),
    ...Object.fromEntries(others.map((user) => [`${USED_BY}${user}`, 'true'])),
  };
}
