// npm run trust

import { runCommand } from './command/run-command.ts';
import { trust, trustSpec } from './command/trust-command.ts';

await runCommand(trustSpec, trust);
