// Pure: what of a text is shown: nothing that a terminal would act on, and no secret.

import { mapTexts, type Redactor } from '../secrets/redact.ts';
import type { RunEvent } from '../run/events.ts';
import { asTyped, type Caller } from './as-typed.ts';
import { printable, printableJson } from '../view/printable.ts';

/**
 * Cleaned first: a secret with a change of colour in its middle is one all the same. Colours pass in lines that hold no
 * secret.
 */
export function shownText(text: string, redactor: Redactor, colors = false): string {
  const plain = printable(text);
  const shown = redactor.redact(plain);
  if (!colors || shown !== plain) return shown;
  return redactor.redact(printable(text, { colors }));
}

/** The same, line by line. */
export function shownLines(text: string, redactor: Redactor, colors: boolean): string {
  return text
    .split('\n')
    .map((line) => shownText(line, redactor, colors))
    .join('\n');
}

/** A line of JSON: it stays JSON, and what it says stays but for secrets. */
export function shownJson(json: string, redactor: Redactor): string {
  return printableJson(redactor.redact(json));
}

/** Every text of the event; what kind it is stays. Only lines of logs may have colours. */
export function shownEvent(
  event: RunEvent,
  redactor: Redactor,
  { colors, caller }: { readonly colors: boolean; readonly caller: Caller },
): RunEvent {
  const isLog = event.type === 'service-log';
  const shown = (text: string): string => shownText(text, redactor, colors && isLog);
  return {
    ...mapTexts(event, isLog ? shown : (text) => asTyped(shown(text), caller)),
    type: event.type,
  } as RunEvent;
}
