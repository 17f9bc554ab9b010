import { expect, test } from 'vitest';
import { LogChoice } from '../../../src/logs/log-choice.ts';

test('the logs of a service that has come into the config are shown with all, and can be chosen', () => {
  const choice = new LogChoice('all', { services: ['old'], beside: [] });
  const isShown = (service: string): boolean => choice.isWanted({ service, container: 'main' });
  expect(isShown('new')).toBe(false);
  choice.add('new');
  expect([isShown('old'), isShown('new')]).toEqual([true, true]);
  choice.next('new');
  expect([choice.text, isShown('old'), isShown('new')]).toEqual(['new', false, true]);
});

test('the logs of a service that has left the config are not shown, and the keys go on', () => {
  const choice = new LogChoice('old', { services: ['old', 'kept'], beside: [] });
  choice.remove('old');
  choice.add('new');
  expect(choice.isWanted({ service: 'old', container: 'main' })).toBe(false);
  choice.next('kept');
  choice.next('kept');
  expect(choice.text).toBe('all');
  expect(choice.isWanted({ service: 'kept', container: 'main' })).toBe(true);
});
