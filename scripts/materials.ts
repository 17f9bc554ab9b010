// npm run materials

import './compile-cache.ts';

const [{ runCommand }, { materials, materialsSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/materials-command.ts'),
]);
await runCommand(materialsSpec, materials);
