// Pure: on which line of a template, a Chart.yaml or a values.yaml a field stands. A template is text with holes: keys
// that it renders from elsewhere are not in it, and then the line of the deepest one above them is given.

import { textAt, valueAt, type FieldPath } from './fields.ts';

/** What is looked for: a field of an object, or (with no kind) of the one document of a file. */
export interface FieldQuery {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  /** The rendered object: items of lists are found by their names. */
  readonly body: unknown;
  readonly path: FieldPath;
}

interface Line {
  /** From 1. */
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/** The line of the field, from 1; that of the deepest field above it which the text has; 1 where it has none. */
export function locateField(text: string, query: FieldQuery): number {
  const block = documentOf(readLines(text), query);
  let scope: Scope = { lines: block, header: undefined };
  let found = block[0]?.number ?? 1;
  for (const [depth, step] of query.path.entries()) {
    const next =
      typeof step === 'number'
        ? findItem(scope, {
            index: step,
            value: valueAt(query.body, ...query.path.slice(0, depth + 1)),
            next: query.path[depth + 1],
          })
        : findKey(scope, step);
    if (next === undefined) break;
    scope = next;
    found = next.header?.number ?? found;
  }
  return found;
}

interface Scope {
  /** The lines in which to look further. */
  readonly lines: readonly Line[];
  /** The line that holds what was found. */
  readonly header: Line | undefined;
}

const ACTION = /\{\{.*?\}\}/g;

/** Lines that hold YAML: no comments, and nothing that is only an action of the template. */
function readLines(text: string): Line[] {
  // An action may go over several lines; its line breaks stay, so that the numbers do.
  const flat = text.replace(/\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g, (comment) =>
    comment.replace(/[^\n]/g, ' '),
  );
  return flat
    .split('\n')
    .map((line, index) => ({ number: index + 1, indent: line.search(/\S/), text: line.trim() }))
    .filter(
      ({ indent, text }) => indent >= 0 && !text.startsWith('#') && text.replace(ACTION, '').trim() !== '',
    );
}

/** The document of the file that renders the object: by kind, then by name as far as the template tells it. */
function documentOf(lines: readonly Line[], { kind, name }: FieldQuery): Line[] {
  const documents: Line[][] = [[]];
  for (const line of lines) {
    if (line.indent === 0 && /^---(\s|$)/.test(line.text)) documents.push([]);
    else documents.at(-1)!.push(line);
  }
  const filled = documents.filter((document) => document.length > 0);
  if (kind === undefined) return filled[0] ?? [];
  const score = (document: readonly Line[]): number => {
    const top = Math.min(...document.map(({ indent }) => indent));
    const field = (key: string, indent?: number): string | undefined =>
      document.find((line) => keyOf(line.text) === key && (indent === undefined || line.indent === indent))
        ?.text;
    const ownKind = field('kind', top);
    if (ownKind === undefined || !fits(afterKey(ownKind), kind)) return -1;
    const ownName = field('name');
    return (
      (ownName !== undefined && name !== undefined && fits(afterKey(ownName), name) ? 2 : 0) +
      Number(!ownKind.includes('{{'))
    );
  };
  const scored = filled.map((document) => ({ document, points: score(document) }));
  const best = scored.reduce((first, second) => (second.points > first.points ? second : first), {
    document: [] as Line[],
    points: -1,
  });
  return best.document;
}

/** Whether what a template writes can become that value: an action can become anything. */
function fits(written: string, value: string): boolean {
  const plain = written.replace(/\s#.*$/, '').replace(/^(["'])(.*)\1$/, '$2');
  const parts = plain.split(ACTION).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(value);
}

/** 'ports' of 'ports: [80]' and of '- ports:'. */
function keyOf(text: string): string | undefined {
  return /^(?:- +)*(["']?)([^\s"'{}[\],&*#?|<>=!%@`-][^\s"'{}[\],]*?|-[^\s"']+)\1:(?:\s|$)/.exec(text)?.[2];
}

function afterKey(text: string): string {
  return text.replace(/^(?:- +)*[^:]*:\s*/, '');
}

function findKey({ lines, header }: Scope, key: string): Scope | undefined {
  // The first line of an item holds its first key behind the dash.
  const columns = lines.map((line) => ({ line, column: columnOf(line, header) }));
  const least = Math.min(...columns.map(({ column }) => column));
  const at = columns.findIndex(({ line, column }) => column === least && keyOf(line.text) === key);
  if (at >= 0) {
    const line = columns[at]!.line;
    return { lines: childrenOf(lines, at, columns[at]!.column), header: line };
  }
  // A map on one line: securityContext: { privileged: true }
  const inline = header ?? undefined;
  const pattern = new RegExp(`[{,]\\s*["']?${key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}["']?\\s*:`);
  return inline && pattern.test(inline.text.replace(ACTION, ' ')) ? { lines: [], header: inline } : undefined;
}

/** Where the key of a line begins; behind the dash for the first line of the item that was entered. */
function columnOf(line: Line, header: Line | undefined): number {
  if (line !== header) return line.indent;
  return line.indent + (/^(- +)+/.exec(line.text)?.[0].length ?? 0);
}

interface ItemQuery {
  readonly index: number;
  readonly value: unknown;
  /** What is looked for in the item. */
  readonly next: string | number | undefined;
}

function findItem({ lines, header }: Scope, query: ItemQuery): Scope | undefined {
  const isDash = ({ text }: Line): boolean => /^-( |$)/.test(text);
  const least = Math.min(...lines.filter(isDash).map(({ indent }) => indent));
  const starts = lines.flatMap((line, at) => (line.indent === least && isDash(line) ? [at] : []));
  if (starts.length === 0) {
    // A list on one line: drop: [ALL]
    return header && /[[\]]/.test(header.text) ? { lines: [], header } : undefined;
  }
  const items = starts.map((start) => {
    const end = lines.findIndex(({ indent }, at) => at > start && indent <= least);
    return lines.slice(start, end < 0 ? lines.length : end);
  });
  const chosen = chooseItem(items, query);
  return { lines: chosen, header: chosen[0] };
}

/** By what names an item in the text and in the object, else by its position; one that a loop makes stands for all. */
function chooseItem(items: readonly (readonly Line[])[], { index, value, next }: ItemQuery): readonly Line[] {
  for (const key of ['name', 'path', 'host', 'port']) {
    const name = textAt(value, key);
    if (name === undefined) continue;
    const fitting = items.flatMap((item) => {
      const line = item.find(({ text }) => keyOf(text) === key);
      if (line === undefined || !fits(afterKey(line.text), name)) return [];
      const isLiteral = !line.text.includes('{{');
      const leadsOn = item.some(({ text }) => keyOf(text) === next);
      return [{ item, points: Number(isLiteral) * 2 + Number(leadsOn) }];
    });
    const most = Math.max(...fitting.map(({ points }) => points));
    const best = fitting.find(({ points }) => points === most);
    if (best !== undefined) return best.item;
  }
  return items[index] ?? items.at(-1)!;
}

/** The lines below a key: deeper ones, and the dashes of a list that stands no deeper than its key. */
function childrenOf(lines: readonly Line[], at: number, column: number): Line[] {
  const children: Line[] = [];
  for (const line of lines.slice(at + 1)) {
    const isItem = line.indent === column && /^-( |$)/.test(line.text);
    if (line.indent <= column && !isItem) break;
    children.push(line);
  }
  return children;
}
