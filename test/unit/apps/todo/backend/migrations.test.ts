import { expect, test } from 'vitest';
import { migrations, schemaVersion } from '../../../../../apps/todo/backend/src/migrations.ts';

test('migrations are numbered from 1 without a gap', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  expect(schemaVersion).toBe(migrations.length);
});
