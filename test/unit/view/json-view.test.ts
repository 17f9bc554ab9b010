import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { JsonView } from '../../../src/view/json-view.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { failed, runEnded, runStarted, started, step } from './run-events.ts';

test('each event is one line of JSON that gives the event back', async () => {
  const stream = new MemoryStream();
  const view = new JsonView({ stream });
  const events = [
    runStarted(step('image:a')),
    started('image:a'),
    failed('image:a', 'two\nlines'),
    runEnded('failed'),
  ];
  for (const event of events) view.show(event);
  await view.close();
  expect(stream.lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
});

test('a reader that has gone away ends the output, not the run', async () => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })),
  });
  const view = new JsonView({ stream: broken });
  view.show(started('image:a'));
  await new Promise((resolve) => broken.once('close', resolve));
  view.show(started('image:b'));
  await expect(view.close()).resolves.toBeUndefined();
});
