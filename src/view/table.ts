// Tables for status, plan and doctor: columns without frames.

import CliTable from 'cli-table3';
import picocolors from 'picocolors';
import { printable } from './printable.ts';

const NO_FRAME = Object.fromEntries(
  [
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ]
    .flat()
    .map((name) => [name, '']),
);

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The table as text that ends with a line break; '' without rows. Cells may hold colour codes and line breaks. */
export function formatTable(table: Table, options: { readonly colors?: boolean } = {}): string {
  if (table.rows.length === 0) return '';
  const paint = picocolors.createColors(options.colors ?? false);
  const layout = new CliTable({
    head: table.head.map((title) => paint.dim(title)),
    chars: { ...NO_FRAME, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  layout.push(...table.rows.map((row) => row.map((cell) => printable(cell, { colors: true }))));
  const lines = layout.toString().split('\n');
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
