// Port: the files that a container engine keeps its images in, wherever it runs.

/** A path of this machine that stays readable until it is disposed of. */
export interface FetchedPath extends AsyncDisposable {
  readonly path: string;
}

export interface OpenEngineFiles extends AsyncDisposable {
  /**
   * Brings a file, or a folder with all the regular files below it, within reach. `path` is relative to the folder
   * that was opened. Undefined where it is not there or may not be read.
   */
  fetch(path: string, signal: AbortSignal): Promise<FetchedPath | undefined>;
}

export interface EngineFiles {
  /** Whose observers these are, for messages. */
  readonly title: string;
  /**
   * Opens a folder; its path is absolute, as the engine sees it. Undefined where this way is not open.
   * `image` is one that the engine has, for ways that need any.
   */
  open(request: OpenFilesRequest, signal: AbortSignal): Promise<OpenEngineFiles | undefined>;
}

export interface OpenFilesRequest {
  readonly folder: string;
  readonly image: string;
}
