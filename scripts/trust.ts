// npm run trust

import './compile-cache.ts';

const [{ runCommand }, { trust, trustSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/certificates/trust-command.ts'),
]);
await runCommand(trustSpec, trust);
