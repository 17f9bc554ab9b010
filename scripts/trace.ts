// npm run trace

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['trace', ...process.argv.slice(2)], 'npm');
