// Pure: what was measured, for people: tables for the terminal and Markdown for the page.

import type { Measured, Series } from './bench.ts';
import { figuresOf, ratioOf, wayOf } from './figures.ts';

export interface BenchRecord {
  readonly name: string;
  readonly title: string;
  readonly measured: Measured;
  /** ISO 8601, to the day. */
  readonly date: string;
  /** One line. */
  readonly machine: string;
}

export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function tablesOf({ series }: Measured): ReportTable[] {
  return series.map((entry) => {
    const rounds = entry.ways[0]?.values.length ?? 0;
    const ratio = entry.against === undefined ? [] : [`times ${entry.against}`];
    return {
      title: `${entry.title} (${rounds === 1 ? '1 round' : `${rounds} rounds`})`,
      head: ['way', 'min', 'median', 'max', ...ratio],
      rows: entry.ways.map((way) => {
        const { min, median, max } = figuresOf(way.values);
        const cells = [min, median, max].map((value) => format(value, entry.unit));
        return [way.name, ...cells, ...ratioCell(entry, way.name)];
      }),
    };
  });
}

function ratioCell(series: Series, name: string): string[] {
  if (series.against === undefined) return [];
  if (series.against === name) return ['1'];
  const ratio = ratioOf(wayOf(series, name), wayOf(series, series.against));
  return [ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)];
}

/** '0.4 ms', '37 ms', '4.21 s'; '5.83 MB'. */
function format(value: number, unit: Series['unit']): string {
  if (unit === 'bytes') return `${(value / 1e6).toFixed(2)} MB`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

/** The page with this bench's part replaced, or added at its end. Whatever else it says stays. */
export function withSection(page: string, record: BenchRecord): string {
  const [begin, end] = [`<!-- ${record.name} -->`, `<!-- /${record.name} -->`];
  const section = `${begin}\n\n${sectionOf(record)}\n\n${end}`;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${section}\n`;
  return page.slice(0, from) + section + page.slice(to + end.length);
}

function sectionOf({ title, measured, date, machine }: BenchRecord): string {
  const goals = measured.goals.map(({ text, isMet }) => `- ${isMet ? 'met' : '**missed**'}: ${text}`);
  return [
    `## ${title}`,
    measured.about,
    ...tablesOf(measured).map((table) => `${table.title}:\n\n${markdownTable(table)}`),
    ...(goals.length === 0 ? [] : [goals.join('\n')]),
    `${date}. ${machine}.`,
  ].join('\n\n');
}

/** As prettier aligns it: the page is checked with the rest. */
function markdownTable({ head, rows }: ReportTable): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
