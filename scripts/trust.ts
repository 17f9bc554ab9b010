// npm run trust

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['trust', ...process.argv.slice(2)], 'npm');
