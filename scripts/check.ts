// npm run check

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['check', ...process.argv.slice(2)], 'npm');
