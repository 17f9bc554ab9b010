// Port: the files that a container engine keeps, wherever it runs.

/** A path of this machine that stays readable until it is disposed of. */
export interface FetchedPath extends AsyncDisposable {
  readonly path: string;
}

export interface EngineFiles {
  /** Whose eyes these are, for messages. */
  readonly title: string;
  /**
   * Brings a file, or a folder with all below it, within reach. `path` is absolute, as the engine sees it.
   * Undefined where it is not there or may not be read.
   */
  fetch(path: string, signal: AbortSignal): Promise<FetchedPath | undefined>;
}
