import { expect, test } from 'vitest';
import { KindProgress } from '../../../../src/cluster/kind/kind-progress.ts';

test('phases are named as they begin and counted as they end', () => {
  const progress = new KindProgress(6);
  const read = (line: string) => progress.read(line);
  expect(read(' • Preparing nodes 📦  ...')).toEqual({
    text: 'Preparing nodes',
    done: 0,
    total: 6,
    unit: 'phases',
  });
  expect(read(' ✓ Preparing nodes 📦 ')).toMatchObject({ done: 1 });
  expect(read(' • Starting control-plane 🕹️  ...')).toMatchObject({
    text: 'Starting control-plane',
    done: 1,
  });
  expect(read(' ✗ Starting control-plane 🕹️')).toBeUndefined();
  expect(read('Set kubectl context to "kind-todo"')).toBeUndefined();
});

test('what kind calls its error is kept', () => {
  const progress = new KindProgress(6);
  progress.read(
    'ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec" failed',
  );
  expect(progress.errorText).toBe('failed to init node with kubeadm: command "docker exec" failed');
});
