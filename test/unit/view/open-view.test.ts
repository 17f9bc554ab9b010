import { describe, expect, test } from 'vitest';
import { JsonView } from '../../../src/view/json-view.ts';
import { LineView } from '../../../src/view/line-view.ts';
import { openView, wantsColors } from '../../../src/view/open-view.ts';
import { TerminalView } from '../../../src/view/terminal-view.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

describe('openView', () => {
  test.each([
    ['JSON when asked for, even on a terminal', { json: true, isTTY: true, env: {} }, JsonView],
    ['the live list on a terminal', { json: false, isTTY: true, env: {} }, TerminalView],
    ['lines in CI', { json: false, isTTY: true, env: { CI: 'true' } }, LineView],
    ['lines on a dumb terminal', { json: false, isTTY: true, env: { TERM: 'dumb' } }, LineView],
    ['lines for a pipe', { json: false, isTTY: false, env: {} }, LineView],
  ] as const)('gives %s', async (_name, { json, isTTY, env }, expected) => {
    const view = await openView({ stream: new MemoryStream({ isTTY }), json, env });
    expect(view).toBeInstanceOf(expected);
    await view.close();
  });
});

describe('wantsColors', () => {
  test.each([
    ['on a terminal', { isTTY: true }, {}, true],
    ['not for a pipe', { isTTY: false }, {}, false],
    ['not with NO_COLOR', { isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['with FORCE_COLOR also for a pipe', { isTTY: false }, { FORCE_COLOR: '1' }, true],
    ['not with FORCE_COLOR=0', { isTTY: true }, { FORCE_COLOR: '0' }, false],
  ] as const)('%s', (_name, stream, env, expected) => {
    expect(wantsColors(stream, env)).toBe(expected);
  });
});
