import { describe, expect, test } from 'vitest';
import { ReleaseTracker } from '../../../src/releases/release-tracker.ts';
import { openScene } from '../up/scene.ts';

async function openTracker(): Promise<{ tracker: ReleaseTracker; told: string[] }> {
  await using scene = await openScene();
  const told: string[] = [];
  const release = scene.run.desired.releases[0]!;
  const releases = [
    { ...release, name: 'web', images: ['web:1', 'tool:1'] },
    { ...release, name: 'job', images: ['tool:1'] },
  ];
  const tracker = new ReleaseTracker({ ...scene.run.desired, releases }, (event) => {
    if (event.type === 'release-state') told.push(`${event.release}: ${event.from ?? ''} > ${event.to}`);
  });
  return { tracker, told };
}

describe('ReleaseTracker', () => {
  test('tells each change once', async () => {
    const { tracker, told } = await openTracker();
    tracker.enter('web', 'Installing');
    tracker.enter('web', 'Installing');
    tracker.enter('web', 'Pending');
    expect(told).toEqual(['web:  > Installing', 'web: Installing > Pending']);
    expect(tracker.stateOf('web')).toBe('Pending');
  });

  test('an impossible change is a bug, and is not told', async () => {
    const { tracker, told } = await openTracker();
    expect(() => tracker.enter('web', 'Ready')).toThrow('cannot go from its beginning to Ready');
    expect([told, tracker.stateOf('web')]).toEqual([[], undefined]);
  });

  test('work on an image is told of every release that runs it', async () => {
    const { tracker, told } = await openTracker();
    expect(await tracker.during('tool:1', 'Building', async () => 'built')).toBe('built');
    expect(told).toEqual(['web:  > Building', 'job:  > Building']);
  });

  test('a release that is further on stays there while another of its images is built', async () => {
    const { tracker, told } = await openTracker();
    await tracker.during('web:1', 'Loading', async () => undefined);
    await tracker.during('tool:1', 'Building', async () => undefined);
    expect(told).toEqual(['web:  > Loading', 'job:  > Building']);
  });

  test('when the work fails, so have the releases that need the image', async () => {
    const { tracker, told } = await openTracker();
    const error = new Error('no space');
    const work = tracker.during('web:1', 'Building', () => Promise.reject(error));
    await expect(work).rejects.toBe(error);
    expect(told).toEqual(['web:  > Building', 'web: Building > Failed']);
  });
});
