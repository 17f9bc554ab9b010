// npm run doctor

import './compile-cache.ts';

const [{ runCommand }, { doctor, doctorSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/doctor-command.ts'),
]);
await runCommand(doctorSpec, doctor);
