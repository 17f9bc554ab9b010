// Hands a command on to the pinned Node, where npm has started another one: npm puts node_modules/.bin onto PATH, which
// is of no use where the path of the checkout has a colon.

import { spawn } from 'node:child_process';

/** Ends this process as the other one ends. */
export function runPinnedNode(program, args) {
  const child = spawn(program, args, { stdio: 'inherit' });
  // Ctrl+C reaches the child by itself: a terminal sends it to both.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
