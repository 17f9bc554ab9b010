import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { readBuildStream } from '../../../src/images/build/build-stream.ts';
import { BuildkitTranscript } from '../../../src/images/build/buildkit-trace.ts';
import { ClassicTranscript } from '../../../src/images/build/classic-transcript.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';

const id = `sha256:${'a'.repeat(64)}`;
const message = fc.oneof(
  fc.constantFrom<unknown>(
    { stream: 'Step 1/2 : FROM scratch' },
    { stream: '\n' },
    { stream: ' ---> Running in 0123456789ab\n' },
    { aux: { ID: id } },
    { error: 'it broke', errorDetail: { message: 'it broke' } },
    { id: 'moby.buildkit.trace', aux: 'AAAA' },
    { id: 'moby.image.id', aux: { ID: id } },
  ),
  fc.record({ stream: fc.anything(), aux: fc.anything(), error: fc.anything() }, { requiredKeys: [] }),
  fc.jsonValue({ maxDepth: 3 }),
);
const streams = fc.record({
  messages: fc.array(message, { maxLength: 8 }),
  size: fc.integer({ min: 1, max: 60 }),
  /** Bytes after which the connection is cut. */
  cut: fc.option(fc.nat(400), { nil: undefined }),
  noise: fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
});

test.each([
  ['classic', () => new ClassicTranscript()],
  ['BuildKit', () => new BuildkitTranscript()],
])(
  'an answer to a build that is damaged in any way ends in an image or a Failure: %s',
  async (_title, make) => {
    await fc.assert(
      fc.asyncProperty(streams, async ({ messages, size, cut, noise }) => {
        const text = messages.map((one) => `${JSON.stringify(one) ?? 'undefined'}\n`).join('');
        const bytes = Buffer.concat([Buffer.from(text), noise ?? Buffer.of()]);
        async function* stream(): AsyncGenerator<Uint8Array> {
          const end = Math.min(cut ?? bytes.length, bytes.length);
          for (let at = 0; at < end; at += size) yield bytes.subarray(at, Math.min(at + size, end));
          if (cut !== undefined) throw new Error('socket hang up');
        }
        const options = { reference: 'x:1', report: () => undefined };
        const outcome = await readBuildStream(stream(), make(), options).catch((error: unknown) => error);
        if (outcome === id) return;
        expect(outcome).toBeInstanceOf(Failure);
        expect((outcome as Failure).code).toBe('build');
      }),
      { numRuns: caseCount(0.5) },
    );
  },
  generatedTimeoutMs,
);
