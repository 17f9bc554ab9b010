// Pure: names of folders that lie beside the state of clusters. Each cluster has a folder of its own name there.

/** No cluster can have one of these names. */
export const LASTING_FOLDERS: readonly string[] = ['authority', 'engine', 'traces'];
