// Pure: how far a step is, on one line.

import type { Progress } from '../task.ts';
import { formatBytes } from './format-bytes.ts';

/** 'Step 3/7 RUN npm ci', '812/1904 packages  42 %  compiling'. A percentage only where the total is known. */
export function formatProgress(progress: Progress): string {
  const { text, done, total, unit } = progress;
  if (done === undefined) return text;
  const amount = (value: number): string => (unit === 'bytes' ? formatBytes(value) : String(value));
  const suffix = unit === undefined || unit === 'bytes' ? '' : ` ${unit}`;
  if (total === undefined || total <= 0) return `${amount(done)}${suffix}  ${text}`;
  const percent = Math.min(100, Math.floor((100 * done) / total));
  return `${amount(done)}/${amount(total)}${suffix}  ${percent} %  ${text}`;
}
