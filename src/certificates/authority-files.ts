// Pure: where the authority's two files lie in its folder.

export interface AuthorityFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Absolute paths, for an absolute folder. */
export function authorityFiles(folder: string): AuthorityFiles {
  return { certificate: `${folder}/ca.crt`, key: `${folder}/ca.key` };
}
