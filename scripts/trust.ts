// npm run trust

import './compile-cache.ts';

const [{ runCommand }, { trust, trustSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/trust-command.ts'),
]);
await runCommand(trustSpec, trust);
