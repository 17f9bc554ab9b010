// npm run logs

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['logs', ...process.argv.slice(2)], 'npm');
