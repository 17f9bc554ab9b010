// A ReleaseStore that says when it is about to change the cluster.

import type { ReleaseStore } from '../helm/release-store.ts';

/** The same store; `onApply` is called before each apply. */
export function noticeApply(releases: ReleaseStore, onApply: () => void): ReleaseStore {
  return {
    list: (signal) => releases.list(signal),
    lint: (spec, signal) => releases.lint(spec, signal),
    render: (spec, signal) => releases.render(spec, signal),
    apply: (spec, options) => {
      onApply();
      return releases.apply(spec, options);
    },
    rollback: (release, options) => releases.rollback(release, options),
    uninstall: (release, signal) => releases.uninstall(release, signal),
  };
}
