// Where a program is on PATH, without running a shell for it.

import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, resolve } from 'node:path';

/** The full path of an executable file of that name in the folders of `searchPath`, or undefined. */
export async function findProgram(
  program: string,
  searchPath: string,
  cwd: string,
): Promise<string | undefined> {
  if (program.includes('/')) {
    const path = isAbsolute(program) ? program : resolve(cwd, program);
    return (await isExecutable(path)) ? path : undefined;
  }
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
    const path = resolve(cwd, folder, program);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
