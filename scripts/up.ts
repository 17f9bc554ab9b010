// npm run up

import './compile-cache.ts';

const [{ runCommand }, { up, upSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/up-command.ts'),
]);
await runCommand(upSpec, up);
