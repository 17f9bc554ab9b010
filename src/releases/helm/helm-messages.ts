// Pure: takes the messages for people out of helm's output, of helm 3.14 and later and of helm 4.

/**
 * Violations of a chart's values.schema.json, as 'values.image.tag: got number, want string'. Lines that only
 * sum up others are left out.
 */
export function readSchemaViolations(output: string): string[] {
  const violations = [
    ...output.matchAll(/^.*?- (?:at '(?<pointer>[^']*)'|(?<dotted>[\w.()-]+)): (?<problem>.+)$/gm),
  ]
    .map(({ groups = {} }) => ({ path: pathOf(groups), problem: (groups['problem'] ?? '').trim() }))
    .filter(({ problem }) => problem !== 'validation failed')
    .map(({ path, problem }) => `${path}: ${problem}`);
  return [...new Set(violations)];
}

function pathOf({ pointer, dotted }: Readonly<Record<string, string | undefined>>): string {
  const inner = dotted === undefined ? (pointer ?? '').slice(1).split('/') : dotted.split('.');
  const parts = inner.filter((part) => part !== '' && part !== '(root)');
  return ['values', ...parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))].join('.');
}

/** The errors of `helm lint`, one each; warnings and hints do not count. */
export function readLintErrors(output: string): string[] {
  const errors: string[] = [];
  let current: string[] | undefined;
  const finish = (): void => {
    if (current !== undefined) errors.push(current.join('\n'));
    current = undefined;
  };
  for (const line of output.split('\n')) {
    if (/^(\[\w+\]|==>|Error\b|\d+ chart\(s\))/.test(line)) finish();
    const start = /^(?:\[ERROR\]|Error )(.*)$/.exec(line);
    if (start) current = [(start[1] ?? '').trim()];
    else if (current !== undefined && line.trim() !== '') current.push(line.trimEnd());
  }
  finish();
  return errors
    .flatMap((error) => {
      const violations = readSchemaViolations(error);
      return violations.length > 0 ? violations : [error];
    })
    .filter((error, index, all) => all.indexOf(error) === index);
}

/** The text behind 'Error:' or 'UPGRADE FAILED:', with its following lines. */
export function readHelmError(stderr: string): string | undefined {
  const start = stderr.lastIndexOf('Error: ');
  if (start < 0) return undefined;
  const text = stderr.slice(start + 'Error: '.length).split('\n\nUse --debug flag')[0] ?? '';
  return text.replace(/^(UPGRADE|INSTALLATION|ROLLBACK|UNINSTALL) FAILED: /, '').trim();
}

/** What to do about such a refusal: whose the object is stands in it, where it is a release's. */
export function hintOfForeignObject(reason: string): string {
  const release = /release-name" must equal "[^"]*": current value is "([^"]+)"/.exec(reason)?.[1];
  if (release === undefined)
    return "Nobody's release has made it: delete it where it may go, or give the one of the chart another name.";
  return (
    `It belongs to the release ${release}. Where your config named that one before, it is a left-over: ` +
    '`slipway up` takes it away first, unless --keep-orphans or data of it keeps it; `slipway plan` tells which. ' +
    'Else give the object of the chart another name.'
  );
}

/** Whether helm refused because an object of the chart exists already and belongs to nobody or to another release. */
export function isForeignObject(reason: string): boolean {
  return reason.includes('invalid ownership metadata');
}
