// npm run materials

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['materials', ...process.argv.slice(2)], 'npm');
