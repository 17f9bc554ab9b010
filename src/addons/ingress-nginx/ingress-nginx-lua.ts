// Pure: what keeps the Lua of ingress-nginx from losing an update of its backends.
//
// The controller posts the backends; each worker looks once a second whether they are newer than its own. Upstream tells
// that by the time of the update in whole seconds: of two updates in one second the later one is lost to a worker that
// looked between them, until something else changes. At upstream's rate of one update in 3.3 s that does not happen.
// With a number for each update, workers cannot miss one at any rate.

import type { TextEdit } from '../../packages/text-edit.ts';

/** Edits to rootfs/etc/nginx/lua/configuration.lua of the version that controller/go.mod pins. */
export const configurationLuaEdits: readonly TextEdit[] = [
  {
    // The first number is a time: a dictionary that was emptied by a restart of NGINX does not begin at 1 again, which
    // means 'nothing yet'.
    purpose: 'count updates of the backends in the place of noting their time',
    find: /^ {2}ngx\.update_time\(\)\n {2}local raw_backends_last_synced_at = ngx\.time\(\)\n {2}success, err = configuration_data:set\("raw_backends_last_synced_at", raw_backends_last_synced_at\)$/gm,
    replace: '  success, err = configuration_data:incr("raw_backends_last_synced_at", 1, ngx.time())',
    times: 1,
  },
];

/** Edits to rootfs/etc/nginx/lua/balancer.lua of the same version. */
export const balancerLuaEdits: readonly TextEdit[] = [
  {
    purpose: 'take over backends of any other number',
    find: /^ {2}if raw_backends_last_synced_at <= backends_last_synced_at then$/gm,
    replace: '  if raw_backends_last_synced_at == backends_last_synced_at then',
    times: 1,
  },
];
