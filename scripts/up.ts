// npm run up

import './compile-cache.ts';

const [{ runCommand }, { up, upSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/up/up-command.ts'),
]);
await runCommand(upSpec, up);
