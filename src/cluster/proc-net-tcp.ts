// Pure: reads the socket tables of Linux, /proc/net/tcp and /proc/net/tcp6 (see proc(5)).

const listening = '0A';

/** Inodes of the sockets that listen on a port, on whatever address. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
      const columns = line.trim().split(/\s+/);
      const isHit = columns[1]?.split(':')[1] === wanted && columns[3] === listening;
      return isHit && columns[9] !== undefined ? [columns[9]] : [];
    });
}
