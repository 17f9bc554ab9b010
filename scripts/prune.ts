// npm run prune

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['prune', ...process.argv.slice(2)], 'npm');
