import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** The process of this machine that listens on a TCP port (Linux only); `undefined` when it is not to be seen. */
export function listeningProcess(port: number): number | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningSockets(table, port)));
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid) && openSockets(pid).some((inode) => sockets.has(inode))) return pid;
  }
  return undefined;
}

/** Inodes of the listening sockets; columns as proc(5) gives them: local address, state (0A listens), inode. */
function listeningSockets(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hexPort}`) && columns[3] === '0A')
    .flatMap((columns) => columns[9] ?? []);
}

function openSockets(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    });
  } catch {
    // Another user's process, or one that has ended.
    return [];
  }
}
