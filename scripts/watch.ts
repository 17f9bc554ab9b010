// npm run watch

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['watch', ...process.argv.slice(2)], 'npm');
