import { describe, expect, test } from 'vitest';
import {
  balancerLuaEdits,
  configurationLuaEdits,
} from '../../../../src/addons/ingress-nginx/ingress-nginx-lua.ts';
import { applyTextEdits } from '../../../../src/packages/text-edit.ts';

// The places of the real files that the edits look for. What the edited files do is tried by self-test.lua, in NGINX,
// whenever the image is built.
const configuration = `
  ngx.update_time()
  local raw_backends_last_synced_at = ngx.time()
  success, err = configuration_data:set("raw_backends_last_synced_at", raw_backends_last_synced_at)
  if not success then
`;
const balancer = `
  local raw_backends_last_synced_at = configuration.get_raw_backends_last_synced_at()
  if raw_backends_last_synced_at <= backends_last_synced_at then
    return
  end
`;

describe('the edits to the Lua of ingress-nginx', () => {
  test('number each update, and take over whatever has another number', () => {
    const edited = applyTextEdits('configuration.lua', configuration, configurationLuaEdits);
    expect(edited).toContain('configuration_data:incr("raw_backends_last_synced_at", 1, ngx.time())');
    expect(edited).not.toContain(':set(');
    expect(applyTextEdits('balancer.lua', balancer, balancerLuaEdits)).toContain(
      'if raw_backends_last_synced_at == backends_last_synced_at then',
    );
  });

  test.each([
    ['configuration.lua', configuration, configurationLuaEdits],
    ['balancer.lua', balancer, balancerLuaEdits],
  ] as const)('refuse another %s', (name, text, edits) => {
    expect(() => applyTextEdits(name, `${text}${text}`, edits)).toThrow(name);
    expect(() => applyTextEdits(name, '', edits)).toThrow(name);
  });
});
