// The ports that the steps work on, for one environment.

import type { AuthoritySource } from '../certificates/local-authority.ts';
import type { ClusterDriver } from '../cluster/cluster-driver.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import type { ImageAliases } from '../images/image-aliases.ts';
import type { ImageLoader } from '../images/load/image-loader.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { SizeHistory } from '../images/size-history.ts';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import type { Redactor } from '../secrets/redact.ts';
import type { EnvironmentRun } from './environment-run.ts';
import type { ReleaseTracker } from '../releases/release-tracker.ts';

export interface UpTools {
  readonly run: EnvironmentRun;
  readonly images: ImageStore;
  readonly loader: ImageLoader;
  readonly driver: ClusterDriver;
  readonly releases: ReleaseStore;
  readonly sizes: SizeHistory;
  /** Which images turned out to have the content of others. */
  readonly aliases: ImageAliases;
  /** Environment variables, for secrets that come from there. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's certificate authority, for secrets with `authority: 'local'`. */
  readonly authority: AuthoritySource;
  readonly tracker: ReleaseTracker;
  /** Tells people something beside the steps. */
  readonly note: (text: string) => void;
  /** Is told every secret that is made or read. */
  readonly redactor: Redactor;
  /** The API of the cluster; once it has been made. The same one at every call. */
  connect(): Promise<ClusterApi>;
}
