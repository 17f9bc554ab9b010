import { expect, test } from 'vitest';
import { noOpCheck } from '../../../src/no-op/no-op-check.ts';
import { openCommandScene } from '../cli/command-scene.ts';

const CONFIG = "export default { default: 'shop', environments: { shop: {} } };\n";
const options = (flags: readonly string[]) => ({
  ...{ flags: new Set(flags), texts: new Map<string, string>(), positionals: [] },
});

test('with --verbose the no-op check says why it could not tell, else it says nothing', async () => {
  for (const flags of [['verbose'], []]) {
    await using scene = await openCommandScene({ options: options(flags) });
    await scene.write('slipway.config.ts', CONFIG);
    expect(await noOpCheck(scene.context)).toBeUndefined();
    const told = scene.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    const why = 'no quick answer that nothing is to do: nothing was kept of an earlier run that ended well';
    expect(told).toEqual(flags.length === 0 ? [] : [why]);
  }
});

test('trouble on the way is a reason like others', async () => {
  await using scene = await openCommandScene({ options: options(['verbose']) });
  await scene.write('slipway.config.ts', 'throw new Error("no config today");\n');
  await noOpCheck(scene.context);
  expect(scene.events).toEqual([
    expect.objectContaining({ text: expect.stringContaining('no config today') as string }),
  ]);
});
