// The public API of the package: what a config imports. Nothing else of Slipway is public.

import type { ConfigInput } from './config/schema.ts';

export type { ConfigInput as Config };

/** Gives the config back as it is: editors know its shape by it. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
