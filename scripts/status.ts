// npm run status

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['status', ...process.argv.slice(2)], 'npm');
