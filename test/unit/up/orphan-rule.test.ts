import { describe, expect, test } from 'vitest';
import type { Step } from '../../../src/plan/step.ts';
import type { RunEvent } from '../../../src/run/events.ts';
import { mayRemoveData, orphanRule, tellKeptOrphans } from '../../../src/up/orphan-rule.ts';
import type { CommandContext } from '../../../src/cli/command-context.ts';

const step = (action: 'do' | 'skip', group: Step['group'] = 'orphan'): Step => ({
  ...{ id: `${group}:shop/old`, group, subject: 'shop/old', title: 'Remove release old', lane: 'cluster' },
  ...{ action, needs: [], reason: 'kept, because persistentvolumeclaim data would go with it' },
});

function scene({ flags = [] as string[], isInteractive = true, answer = true } = {}) {
  const asked: string[] = [];
  const told: RunEvent[] = [];
  const context = {
    options: { flags: new Set(flags), texts: new Map<string, string>(), positionals: [] },
    isInteractive,
    confirm: async (question: string) => (asked.push(question), answer),
    emit: (event: RunEvent) => void told.push(event),
  } as unknown as CommandContext;
  return { context, asked, told };
}

describe('releases that the config no longer names', () => {
  test('are kept with --keep-orphans, else where data would go with them', () => {
    expect(orphanRule(scene({ flags: ['keep-orphans'] }).context)).toBe('keep');
    expect(orphanRule(scene().context)).toBe('keep-data');
  });

  test.each([true, false])('with data go when a person says so: %s', async (answer) => {
    const { context, asked } = scene({ answer });
    expect(await mayRemoveData(context, [step('skip'), step('do')])).toBe(answer);
    expect(asked).toEqual([expect.stringContaining('persistentvolumeclaim data would go with it')]);
  });

  test.each([
    ['nobody can be asked', { isInteractive: false }, [step('skip')]],
    ['it was said that they stay', { flags: ['keep-orphans'] }, [step('skip')]],
    ['none has data', {}, [step('do'), step('skip', 'release')]],
  ])('are not asked about where %s', async (_why, setting, steps) => {
    const { context, asked } = scene(setting);
    expect(await mayRemoveData(context, steps)).toBe(false);
    expect(asked).toEqual([]);
  });

  test('that stay are told, each with its reason', () => {
    const { context, told } = scene();
    tellKeptOrphans(context, [step('skip'), step('do'), step('skip', 'release')]);
    expect(told).toEqual([
      { type: 'note', level: 'warn', text: expect.stringMatching(/^release shop\/old: kept, because/) },
    ]);
  });
});
