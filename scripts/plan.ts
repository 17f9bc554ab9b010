// npm run plan

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['plan', ...process.argv.slice(2)], 'npm');
