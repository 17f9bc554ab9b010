// npm run plan

import { plan, planSpec } from './command/plan-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(planSpec, plan);
