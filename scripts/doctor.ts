// npm run doctor

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['doctor', ...process.argv.slice(2)], 'npm');
