// npm run doctor

import { doctor, doctorSpec } from './command/doctor-command.ts';
import { runCommand } from './command/run-command.ts';

await runCommand(doctorSpec, doctor);
