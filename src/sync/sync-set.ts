// Pure: what a container that runs an image needs beside it, and what of that it does not have yet.

import { strongestAfter, type SourceEntry, type SyncChange } from './plan-sync.ts';

export interface SyncItem {
  /** In the volume, below tree/. */
  readonly place: string;
  readonly after: string;
  /** What is to be there, in the terms of `stateOf`. */
  readonly state: string;
  /** Of a file. */
  readonly content: Uint8Array | undefined;
  readonly executable: boolean;
  /** It is what the image has there: it was synced, and went back. */
  readonly isAsBuilt: boolean;
}

export interface SyncSet {
  /** By place. */
  readonly items: ReadonlyMap<string, SyncItem>;
  /** For each file of the image that rules cover and nothing has touched: place and state. */
  readonly untouched: ReadonlyMap<string, string>;
}

/** What is in a container, by place, in the terms of `stateOf`. Folders are there only where they were synced. */
export type Listing = ReadonlyMap<string, string>;

export const NO_FOLDER = 'no folder';
const FOLDER = 'folder';
const NO_FILE = 'no file';

/** A text that is the same exactly where the same is there. */
export function stateOf(entry: SourceEntry | undefined, was: SourceEntry | undefined): string {
  if (!entry) return was?.kind === 'folder' ? NO_FOLDER : NO_FILE;
  return entry.kind === 'folder' ? FOLDER : fileState(entry.digest, isExecutable(entry));
}

export function fileState(digest: string, executable: boolean): string {
  return executable ? `${digest} x` : digest;
}

export function syncItem(
  { place, after, entry, was }: SyncChange,
  content: Uint8Array | undefined,
  isAsBuilt: boolean,
): SyncItem {
  const state = stateOf(entry, was);
  return { place, after, state, content, executable: entry !== undefined && isExecutable(entry), isAsBuilt };
}

/** How many files are otherwise than in the image. */
export function countOf({ items }: SyncSet): number {
  return [...items.values()].filter(({ isAsBuilt, state }) => !isAsBuilt && !isFolderState(state)).length;
}

/** What has to be sent to a container, and what has to happen there then. */
export function deltaOf(
  { items }: SyncSet,
  listing: Listing,
): { readonly items: readonly SyncItem[]; readonly after: string } {
  const open = [...items.values()].filter(({ place, state }) => (listing.get(place) ?? NO_FILE) !== state);
  return { items: open, after: strongestAfter(open.map(({ after }) => after)) };
}

/** A place where the container has something else than its image should; undefined when all is as expected. */
export function strangerIn({ untouched }: SyncSet, listing: Listing): string | undefined {
  return [...untouched].find(([place, state]) => listing.get(place) !== state)?.[0];
}

/** After the items have arrived. */
export function listingWith(listing: Listing, items: readonly SyncItem[]): Listing {
  return new Map([...listing, ...items.map(({ place, state }) => [place, state] as const)]);
}

function isFolderState(state: string): boolean {
  return state === FOLDER || state === NO_FOLDER;
}

export function isFile({ content }: SyncItem): boolean {
  return content !== undefined;
}

export function isGone({ state }: SyncItem): boolean {
  return state === NO_FILE || state === NO_FOLDER;
}

function isExecutable({ mode }: SourceEntry): boolean {
  return (mode & 0o100) !== 0;
}
