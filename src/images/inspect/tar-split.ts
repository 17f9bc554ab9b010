// Pure: the record that a classic Docker engine keeps of each layer's archive: all bytes of the tar but the
// contents of its files, which lie unpacked in a folder. Format: github.com/vbatts/tar-split, tar/storage.

/** What a layer's archive is put together of, in order. */
export type LayerPiece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The content of a file: its path in the layer's folder, and how many bytes it has. */
  | { readonly kind: 'file'; readonly path: string; readonly sizeBytes: number };

const FILE = 1;
const SEGMENT = 2;

interface Entry {
  readonly type: number;
  readonly name?: string;
  /** Base64; in place of `name` where that is not UTF-8. */
  readonly name_raw?: string;
  readonly size?: number;
  /** Base64: bytes of a segment, or the CRC-64 of a file, which the digest of the whole makes needless. */
  readonly payload?: string | null;
}

/**
 * Reads a record: JSON values, one a line, already unzipped. Throws a SyntaxError or TypeError where it is none.
 * A name that is not UTF-8 is refused (undefined): a path of this process could not name that file.
 */
export function parseTarSplit(text: string): LayerPiece[] | undefined {
  const pieces: LayerPiece[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line) as Entry;
    if (entry.type === SEGMENT)
      pieces.push({ kind: 'bytes', bytes: Buffer.from(entry.payload ?? '', 'base64') });
    else if (entry.type !== FILE) throw new TypeError(`unknown type ${entry.type} in a tar-split record`);
    else if ((entry.size ?? 0) > 0) {
      if (entry.name === undefined) return undefined;
      pieces.push({ kind: 'file', path: entry.name, sizeBytes: entry.size! });
    }
  }
  return pieces;
}

/**
 * How long the archive of a record is. Reads no more than that, because it is asked of every layer of an image and
 * the rest only of those that are sent: the encoder of Go writes the fields always in the same order, and a quote
 * within a name has a backslash.
 */
export function archiveSizeBytes(text: string): number {
  let total = 0;
  for (let start = 0; start < text.length;) {
    const lineEnd = text.indexOf('\n', start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    if (text.startsWith(`{"type":${SEGMENT},`, start)) total += payloadBytes(text, start, end);
    else if (text.startsWith(`{"type":${FILE},`, start)) {
      const size = text.lastIndexOf(',"size":', end);
      if (size > start) total += Number.parseInt(text.slice(size + 8, size + 28), 10);
    } else if (end > start) throw new TypeError('not a tar-split record');
    start = end + 1;
  }
  return total;
}

/** What the base64 of a segment stands for. */
function payloadBytes(text: string, start: number, end: number): number {
  const from = text.indexOf(',"payload":"', start) + 12;
  if (from < 12 || from > end) return 0;
  const to = text.indexOf('"', from);
  const padding = text[to - 1] !== '=' ? 0 : text[to - 2] === '=' ? 2 : 1;
  return ((to - from) / 4) * 3 - padding;
}
