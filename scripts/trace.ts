// npm run trace

import './compile-cache.ts';

const [{ runCommand }, { trace, traceSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/trace-command.ts'),
]);
await runCommand(traceSpec, trace);
