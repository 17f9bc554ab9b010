// npm run doctor

import './compile-cache.ts';

const [{ runCommand }, { doctor, doctorSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/doctor/doctor-command.ts'),
]);
await runCommand(doctorSpec, doctor);
