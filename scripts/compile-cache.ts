// Lets Node keep what it has compiled, and stripped of types, so that the next start of a command need not do it again.
// A runner imports it first and everything else late.

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// With the packages, in a folder that is ours: the default one is shared with all users of the machine.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'slipway'));
