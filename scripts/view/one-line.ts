// Pure: text from programs, made fit for one line of ours.

const NOT_PRINTABLE = /[\p{Cc}\p{Cf}]+/gu;
const ESCAPE_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Without colour codes, line breaks and other control characters. */
export function oneLine(text: string): string {
  return text.replace(ESCAPE_SEQUENCES, '').replace(NOT_PRINTABLE, ' ').trim();
}
