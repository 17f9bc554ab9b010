// Pure: what to do about a pod whose log tells of a limit of the machine, not of the pod.

/**
 * Undefined when the lines (events, log) tell of no such limit. Pods of all clusters share the limit of the machine's
 * user 0: a kind node alone takes about 30 inotify instances, and many systems allow 128.
 */
export function hintOfLog(lines: readonly string[]): string | undefined {
  const isShort = lines.some((line) => /too many open files|inotify.*no space left on device/i.test(line));
  if (!isShort) return undefined;
  return (
    'This machine allows too few inotify watchers. Allow more, or delete a cluster that is not needed: ' +
    'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288. `slipway doctor` shows both.'
  );
}
