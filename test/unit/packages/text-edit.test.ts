import { describe, expect, test } from 'vitest';
import { applyTextEdits } from '../../../src/packages/text-edit.ts';

const edit = (purpose: string, find: RegExp, replace: string, times = 1) => ({
  purpose,
  find,
  replace,
  times,
});

describe('applyTextEdits', () => {
  test('makes all edits in their order', () => {
    const edits = [edit('rename', /one/g, 'two', 2), edit('mark', /(three)/g, '<$1>')];
    expect(applyTextEdits('file', 'one one three', edits)).toBe('two two <three>');
  });

  test('names every edit that does not fit, with the file, and makes none', () => {
    const edits = [edit('absent', /nowhere/g, ''), edit('fits', /one/g, ''), edit('too often', /o/g, '', 1)];
    expect(() => applyTextEdits('nginx.tmpl', 'one o', edits)).toThrow(
      expect.objectContaining({
        name: 'Failure',
        code: 'build',
        message: expect.stringContaining('nginx.tmpl'),
        details: ['absent: expected 1 place(s), found 0', 'too often: expected 1 place(s), found 2'],
      }),
    );
  });

  test('counts places in the text as it came, not as earlier edits left it', () => {
    const edits = [edit('double', /a/g, 'aa'), edit('look again', /a/g, 'b')];
    expect(applyTextEdits('file', 'a', edits)).toBe('bb');
  });
});
