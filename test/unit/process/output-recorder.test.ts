import { expect, test } from 'vitest';
import { OutputRecorder } from '../../../src/process/output-recorder.ts';

function record(chunks: readonly (string | Uint8Array)[], limit?: number): { lines: string[]; text: string } {
  const lines: string[] = [];
  const recorder = new OutputRecorder((line) => lines.push(line), limit);
  for (const chunk of chunks) recorder.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  recorder.end();
  return { lines, text: recorder.text };
}

test('lines may be cut anywhere, in the middle of a line end and of a character too', () => {
  const bytes = Buffer.from('grün\r\nend');
  const cuts = [...bytes].map((byte) => Uint8Array.of(byte));
  expect(record(cuts)).toEqual({ lines: ['grün', 'end'], text: 'grün\r\nend' });
});

test('a carriage return ends a line: progress bars', () => {
  expect(record(['10%\r20%\r30%\n']).lines).toEqual(['10%', '20%', '30%']);
});

test('the beginning goes when there is too much, and the text says so', () => {
  const { text } = record(['aaaa', 'bbbb', 'cccc'], 6);
  expect(text).toBe('[4 characters dropped]\nbbbbcccc');
});
