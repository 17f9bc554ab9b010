// Names of files in the state folder of a cluster.

/** What exists, or may exist, because of us; see Journal. */
export const JOURNAL_FILE = 'journal.jsonl';

/** Outlines of what releases declare; see listRememberedReleases. */
export const RELEASES_FILE = 'releases.json';

/** Which cluster was made; see ClusterRecord. */
export const CLUSTER_RECORD_FILE = 'cluster.json';

/** How to reach that cluster. */
export const KUBECONFIG_FILE = 'kubeconfig';
