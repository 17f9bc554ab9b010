// What a line of the journal may say. Checked by hand: every command begins with the journal, and nothing else of a look
// at what has not changed needs zod, which is 95 modules.

import type { Resource } from '../plan/step.ts';

/** 'intended' before it is made, 'made' when it is whole, 'gone' when its removal was verified. */
export type JournalMark = 'intended' | 'made' | 'gone';

export interface JournalLine {
  readonly v: 1;
  /** When it was written, after ISO 8601. */
  readonly at: string;
  readonly mark: JournalMark;
  readonly resource: Resource;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isList: Check = (value) => Array.isArray(value) && value.every(isText);
/** What Kubernetes, helm and kind take for a name: no path, no option and no selector. */
const isName: Check = (value) =>
  isText(value) && /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(value as string);
const isReference: Check = (value) => isText(value) && /^[a-z0-9][\w./:@-]{0,511}$/i.test(value as string);
const isGroups: Check = (value) => Array.isArray(value) && value.every(isName);
const isGroupsIfThere: Check = (value) => value === undefined || isGroups(value);
const isMark: Check = (value) => value === 'intended' || value === 'made' || value === 'gone';

/** By kind, the fields that the type asks for besides `kind` and `after`. */
const fieldsOf = new Map<unknown, Readonly<Record<string, Check>>>(
  Object.entries({
    image: { reference: isReference },
    cluster: { name: isName, driver: isName },
    namespace: { name: isName },
    secret: { name: isName, namespace: isName },
    release: { name: isName, namespace: isName, groups: isGroupsIfThere },
    'custom-resources': { name: isName, groups: isGroups },
  } satisfies Record<Resource['kind'], Readonly<Record<string, Check>>>),
);

/** Whether a parsed line is one of version 1, whole. */
export function isJournalLine(value: unknown): value is JournalLine {
  return has(value, { at: isText, mark: isMark, resource: isResource }) && (value as { v: unknown }).v === 1;
}

function isResource(value: unknown): boolean {
  const fields = fieldsOf.get((value as { kind?: unknown } | null | undefined)?.kind);
  return fields !== undefined && has(value, { after: isList, ...fields });
}

function has(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(checks).every(([name, check]) => check(fields[name]));
}
