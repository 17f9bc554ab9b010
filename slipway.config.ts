// The bundled environments: data only. See scripts/environment/schema.ts for what each field means.

import type { ConfigInput } from './scripts/environment/schema.ts';

export default {
  default: 'todo',
  environments: {
    todo: {
      namespace: 'todo',
      addons: { 'ingress-nginx': {} },
      releases: {},
    },
  },
} satisfies ConfigInput;
