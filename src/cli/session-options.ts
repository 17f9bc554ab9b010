// Pure: options of the commands that work out what is wanted.

import type { OptionSpec } from './option-spec.ts';

/** Beside the options that every command has. */
export const sessionOptions = {
  images: {
    type: 'text',
    value: '<where>',
    choices: ['auto', 'registry', 'packages'],
    description: 'official images, or images made from packages; auto asks the registries',
  },
  builder: {
    type: 'text',
    value: '<builder>',
    choices: ['auto', 'classic', 'buildkit'],
    description:
      'who builds images; auto takes BuildKit where the engine has it. Else DOCKER_BUILDKIT, else the config says',
  },
} as const satisfies Record<string, OptionSpec>;

/** Of the commands that look first whether anything is to do. */
export const noOpCheckOptions = {
  verbose: {
    type: 'flag',
    short: 'v',
    description: 'says why all has to be looked at, where it could not be told quickly that nothing is to do',
  },
} as const satisfies Record<string, OptionSpec>;
