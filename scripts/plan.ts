// npm run plan

import './compile-cache.ts';

const [{ runCommand }, { plan, planSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/up/plan-command.ts'),
]);
await runCommand(planSpec, plan);
