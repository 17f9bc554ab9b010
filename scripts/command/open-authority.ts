// The certificate authority of whoever runs the command.

import { hostname } from 'node:os';
import { localAuthoritySource } from '../authority/ensure-local-authority.ts';
import type { AuthoritySource } from '../authority/local-authority.ts';
import type { CommandContext } from './command-context.ts';
import { authorityFolder } from './folders.ts';

export function openAuthority({ env, folders }: CommandContext): AuthoritySource {
  const user = env['USER'] || env['LOGNAME'] || 'somebody';
  return localAuthoritySource({ folder: authorityFolder(folders), owner: `${user}@${hostname()}` });
}
