import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a proxied request is, as far as faults are chosen by it. */
export interface ProxiedRequest {
  readonly method: string;
  /** `/bucket/key`, decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Is it a conditional create? */
  readonly isCreate: boolean;
}

/** What the store answered, whole. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Exchange {
  readonly request: ProxiedRequest;
  readonly body: Uint8Array;
  /** Lets the store do what was asked. */
  readonly forward: () => Promise<Answer>;
  /** Gives the client an answer. */
  readonly reply: (answer: Answer) => void;
  /** When the client has broken the connection. */
  readonly clientGone: Promise<void>;
  /** Breaks the connection to the client, after `bytes` of the answer's body where an answer is given. */
  readonly hangUp: (answer?: Answer, bytes?: number) => void;
}

/** Deals with one request in place of the proxy. */
export type S3Fault = (exchange: Exchange) => Promise<void> | void;

/**
 * A proxy between the client and the S3 store, over loopback, that passes everything on except what a fault takes. The
 * client signs for the proxy's address, which the store gets in the `Host` header.
 */
export class S3Proxy {
  readonly #server: Server;
  readonly #store: URL;
  /** The first that matches takes the request, and counts down. */
  readonly #faults: { readonly match: (request: ProxiedRequest) => boolean; readonly fault: S3Fault; left: number }[] =
    [];
  /** Everything that was asked, in order. */
  readonly requests: ProxiedRequest[] = [];

  private constructor(store: URL) {
    this.#store = store;
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  static async open(storeUrl: string): Promise<S3Proxy> {
    const proxy = new S3Proxy(new URL(storeUrl));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests that match meet the fault. */
  inject(match: (request: ProxiedRequest) => boolean, fault: S3Fault, times = 1): void {
    this.#faults.push({ match, fault, left: times });
  }

  /** Takes back the faults that nothing met. */
  clear(): void {
    this.#faults.length = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.#store);
    const proxied: ProxiedRequest = {
      method: incoming.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      isCreate: incoming.headers['if-none-match'] === '*',
    };
    this.requests.push(proxied);
    const body = await whole(incoming);
    const exchange: Exchange = {
      clientGone: new Promise((resolve) => outgoing.once('close', () => resolve())),
      request: proxied,
      body,
      forward: () => this.#ask(proxied.method, incoming.url ?? '/', incoming.headers, body),
      reply: (answer) => {
        outgoing.writeHead(answer.status, answer.headers).end(answer.body);
      },
      hangUp: (answer, bytes = 0) => {
        if (!answer) {
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.status, answer.headers);
        outgoing.write(answer.body.subarray(0, bytes), () => outgoing.destroy());
      },
    };
    const chosen = this.#faults.find(({ match, left }) => left > 0 && match(proxied));
    if (!chosen) {
      exchange.reply(await exchange.forward());
      return;
    }
    chosen.left -= 1;
    await chosen.fault(exchange);
  }

  #ask(method: string, path: string, headers: IncomingMessage['headers'], body: Buffer): Promise<Answer> {
    const { hostname, port } = this.#store;
    return new Promise((resolve, reject) => {
      const { expect: _, ...passedOn } = headers;
      const asked = request({ hostname, port, method, path, headers: passedOn }, (answer) => {
        whole(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: content }),
          reject,
        );
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An answer of S3's that refuses (Amazon S3 API Reference, Error Responses). */
export function refusal(status: number, code: string): S3Fault {
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>by the test</Message></Error>`,
  );
  return ({ reply }) => {
    reply({ status, headers: { 'content-type': 'application/xml', 'content-length': String(body.length) }, body });
  };
}

/** The store does it, and its answer is lost. */
export const answerLost: S3Fault = async ({ forward, hangUp }) => {
  await forward();
  hangUp();
};

/** The request is lost. */
export const requestLost: S3Fault = ({ hangUp }) => hangUp();

/** The store does it, and what the client hears is another answer. */
export function answeredBy(fault: S3Fault): S3Fault {
  return async (exchange) => {
    await exchange.forward();
    await fault(exchange);
  };
}

/** The answer breaks off in the middle of its body. */
export const answerCut: S3Fault = async ({ forward, hangUp }) => {
  const answer = await forward();
  hangUp(answer, Math.floor(answer.body.length / 2));
};
