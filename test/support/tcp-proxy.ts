import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a proxied network does to all that goes through it. */
export type NetworkWeather =
  | { readonly kind: 'fair' }
  /** Each piece arrives so much later. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Connections stay open, and nothing arrives: neither end is told. */
  | { readonly kind: 'silent' }
  /** New connections are broken as soon as they are made. */
  | { readonly kind: 'refused' };

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A proxy for TCP over loopback, whose network can be made bad. A server that tells clients where it is (Kafka does, in its
 * metadata) has its port replaced by the proxy's in what it says.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #links = new Set<Link>();
  #weather: NetworkWeather = { kind: 'fair' };
  #onFair: (() => void)[] = [];

  private constructor(target: string) {
    const [host = '127.0.0.1', port = ''] = target.split(':');
    this.#target = { host, port: Number(port) };
    this.#server = createServer((client) => {
      this.#join(client);
    });
  }

  /** `target` is `host:port`. */
  static async open(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${String(this.#port)}`;
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set weather(weather: NetworkWeather) {
    this.#weather = weather;
    if (weather.kind === 'silent') return;
    for (const resume of this.#onFair.splice(0)) resume();
  }

  /** Breaks all connections. */
  reset(): void {
    for (const { client, server } of this.#links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.weather = { kind: 'fair' };
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.#weather.kind === 'refused') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target);
    const link: Link = { client, server };
    this.#links.add(link);
    const end = (): void => {
      this.#links.delete(link);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    void this.#carry(client, server, (piece) => piece).catch(end);
    void this.#carry(server, client, (piece) => this.#readdress(piece)).catch(end);
  }

  async #carry(from: Socket, to: Socket, change: (piece: Buffer) => Buffer): Promise<void> {
    for await (const piece of from) {
      await this.#passage();
      if (!to.write(change(piece as Buffer))) await new Promise((resolve) => to.once('drain', resolve));
    }
    to.end();
  }

  async #passage(): Promise<void> {
    const weather = this.#weather;
    if (weather.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, weather.delayMs));
    if (weather.kind === 'silent') await new Promise<void>((resolve) => this.#onFair.push(resolve));
  }

  /** A host and a port in Kafka's protocol: the text, then 32 bits. */
  #readdress(piece: Buffer): Buffer {
    const told = Buffer.alloc(this.#target.host.length + 4);
    told.write(this.#target.host);
    told.writeInt32BE(this.#target.port, this.#target.host.length);
    for (let at = piece.indexOf(told); at >= 0; at = piece.indexOf(told, at + told.length)) {
      piece.writeInt32BE(this.#port, at + this.#target.host.length);
    }
    return piece;
  }
}
