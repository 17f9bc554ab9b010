// npm run materials

import './compile-cache.ts';

const [{ runCommand }, { materials, materialsSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/materials/materials-command.ts'),
]);
await runCommand(materialsSpec, materials);
