// npm run up

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['up', ...process.argv.slice(2)], 'npm');
