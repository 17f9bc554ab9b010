// npm run plan

import './compile-cache.ts';

const [{ runCommand }, { plan, planSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/plan-command.ts'),
]);
await runCommand(planSpec, plan);
