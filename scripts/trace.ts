// npm run trace

import './compile-cache.ts';

const [{ runCommand }, { trace, traceSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/trace/trace-command.ts'),
]);
await runCommand(traceSpec, trace);
