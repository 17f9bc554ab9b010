// The certificate authority of whoever runs the command.

import { hostname } from 'node:os';
import { basename } from 'node:path';
import { localAuthoritySource } from '../../certificates/ensure-local-authority.ts';
import type { AuthoritySource } from '../../certificates/local-authority.ts';
import type { CommandContext } from '../command-context.ts';
import { authorityFolder } from '../../state/state-folders.ts';

export function openAuthority({ env, folders, homeFolder }: CommandContext): AuthoritySource {
  // Neither variable is set in every container; the name of the home folder is near enough for a label.
  const user = env['USER'] || env['LOGNAME'] || basename(homeFolder);
  return localAuthoritySource({ folder: authorityFolder(folders), owner: `${user}@${hostname()}` });
}
