import { createServer, connect, type AddressInfo } from 'node:net';

/**
 * One port for each wish, on the loopback interface: the first of its candidates that nobody uses, or else one that
 * the operating system picks. All are reserved at the same time, so no two are equal.
 */
export async function choosePorts(wishes: readonly (readonly number[])[]): Promise<number[]> {
  const reservations: Reservation[] = [];
  try {
    for (const candidates of wishes) {
      const reservation = (await firstFree(candidates)) ?? (await reserve(0));
      if (reservation === undefined) throw new Error('The operating system gave no free port.');
      reservations.push(reservation);
    }
    return reservations.map(({ port }) => port);
  } finally {
    await Promise.all(reservations.map(({ release }) => release()));
  }
}

/** Does anything accept connections there? */
export async function isPortOpen(host: string, port: number, timeoutMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const finish = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}

interface Reservation {
  readonly port: number;
  readonly release: () => Promise<void>;
}

async function firstFree(candidates: readonly number[]): Promise<Reservation | undefined> {
  for (const port of candidates) {
    // Some systems let two sockets listen on one port, on different addresses: ask whether anybody answers first.
    if (await isPortOpen('127.0.0.1', port)) continue;
    const reservation = await reserve(port);
    if (reservation !== undefined) return reservation;
  }
  return undefined;
}

async function reserve(wanted: number): Promise<Reservation | undefined> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => resolve(true));
  });
  if (!listening) return undefined;
  const address = server.address();
  if (!isAddressInfo(address)) throw new Error('A TCP server has no port.');
  return { port: address.port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
