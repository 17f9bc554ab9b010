// Pure: a recording of a terminal as an SVG that plays by itself: each line comes when it came, in shorter time.

export interface RecordedLine {
  readonly atMs: number;
  readonly text: string;
}

const LINE_PX = 17;
const CHARACTER_PX = 7.25;
const MARGIN_PX = 14;
/** How long the last line stays before it all begins anew. */
const REST_MS = 6_000;

/**
 * @param playMs how long it plays; the times of the lines are scaled to it
 * @param columns longer lines are cut
 */
export function recordingSvg(
  lines: readonly RecordedLine[],
  { playMs, columns }: { readonly playMs: number; readonly columns: number },
): string {
  const lastMs = Math.max(1, ...lines.map(({ atMs }) => atMs));
  const totalMs = playMs + REST_MS;
  const width = Math.ceil(columns * CHARACTER_PX + 2 * MARGIN_PX);
  const height = lines.length * LINE_PX + 2 * MARGIN_PX;
  const rows = lines.map(({ atMs, text }, index) => {
    const share = ((atMs / lastMs) * playMs) / totalMs;
    const shown = text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
    const y = MARGIN_PX + (index + 0.8) * LINE_PX;
    const animation = `<animate attributeName="opacity" values="0;1;1" keyTimes="0;${share.toFixed(4)};1" calcMode="discrete" dur="${totalMs}ms" repeatCount="indefinite"/>`;
    return `<text x="${MARGIN_PX}" y="${y.toFixed(1)}" class="${classOf(text)}">${escaped(shown)}${animation}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A recording of slipway up">`,
    '<style>text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:#c9d1d9}.command{fill:#7ee787;font-weight:bold}.done{fill:#c9d1d9}.begun{fill:#8b949e}.url{fill:#79c0ff}</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function classOf(text: string): string {
  if (text.startsWith('$ ')) return 'command';
  if (/https?:/.test(text)) return 'url';
  return /✔|✓|\bup\b|ready/.test(text) ? 'done' : 'begun';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
