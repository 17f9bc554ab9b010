// Pure: the one cleaner of what is printed. Logs, events, names and paths come from anywhere, and a terminal obeys what
// it is sent: titles, clipboards, cursors and the direction of writing are nobody's to set but ours.

export interface PrintableOptions {
  /** Colours and bold letters (SGR) may pass: they end with their line. */
  readonly colors?: boolean | undefined;
}

/** Control sequences of ECMA-48, also with the one-character forms of C1; a string that has no end is none. */
const SEQUENCES =
  // eslint-disable-next-line no-control-regex
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u001b\u0007\u009c\n]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g;
// eslint-disable-next-line no-control-regex
const COLOR = /^(?:\u001b\[|\u009b)([\d;:]*)m$/;
/** All other control characters but tab and line feed; line separators; marks that turn the direction or show nothing. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** The text, line breaks, tabs and indentation as they are, without anything that a terminal would act on. */
export function printable(text: string, { colors = false }: PrintableOptions = {}): string {
  // Nearly everything is plain.
  if (text.search(UNPRINTABLE) < 0) return text;
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => printableLine(line, colors))
    .join('\n');
}

/** For the line of a step or a table: line breaks and tabs are blanks, nothing around it. */
export function oneLine(text: string): string {
  return printable(text)
    .replaceAll(/[\t\n]+/g, ' ')
    .trim();
}

/** JSON stays what it says: what a terminal would act on is written as an escape. */
export function printableJson(json: string): string {
  return json.replaceAll(UNPRINTABLE, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function printableLine(line: string, colors: boolean): string {
  let shown = '';
  let end = 0;
  const on = new Set<string>();
  const take = (plain: string): void => {
    // A carriage return begins a line anew: what was before it is not hidden behind what comes after.
    shown += plain.replaceAll(/\r+(?=.)/g, ' ').replaceAll(UNPRINTABLE, '');
  };
  for (const match of line.matchAll(SEQUENCES)) {
    take(line.slice(end, match.index));
    end = match.index + match[0].length;
    const color = colors ? COLOR.exec(match[0]) : null;
    if (color === null) continue;
    shown += `\u001b[${color[1]}m`;
    follow(on, color[1]!);
  }
  take(line.slice(end));
  return on.size > 0 ? `${shown}\u001b[0m` : shown;
}

/** What a change of colour turns on, and what it turns off again. */
function follow(on: Set<string>, codes: string): void {
  for (const code of codes.split(/[;:]/).map(Number)) {
    if (code === 0) on.clear();
    else if (code === 39 || code === 49) on.delete(code === 39 ? 'colour' : 'ground');
    else if (code >= 22 && code <= 29) on.delete(`${code}`);
    else if (code === 1 || code === 2) on.add('22');
    else if (code >= 3 && code <= 9) on.add(`${code === 6 ? 25 : code + 20}`);
    else if ((code >= 30 && code <= 38) || (code >= 90 && code <= 97)) on.add('colour');
    else if ((code >= 40 && code <= 48) || (code >= 100 && code <= 107)) on.add('ground');
    else on.add('other');
    // Numbers of a colour follow, whatever they are.
    if (code === 38 || code === 48) return;
  }
}
