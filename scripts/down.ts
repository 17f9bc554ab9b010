// npm run down

import './compile-cache.ts';

const { runSlipway } = await import('../src/cli/main.ts');
await runSlipway(['down', ...process.argv.slice(2)], 'npm');
