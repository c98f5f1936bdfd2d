import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An HTTP server that keeps what is posted to it, by path. */
export class WebhookReceiver {
  readonly #server: Server;
  readonly #posted = new Map<string, unknown[]>();
  /** Answers to the next requests, by path; 200 once they are used up. */
  readonly answers = new Map<string, number[]>();

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      void text(request).then((body) => {
        const status = this.answers.get(path)?.shift() ?? 200;
        if (status === 200) this.#posted.set(path, [...this.posted(path), JSON.parse(body)]);
        response.writeHead(status).end();
      });
    });
  }

  static async listen(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  url(path: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}${path}`;
  }

  /** What was taken, in the order in which it came. */
  posted(path: string): readonly unknown[] {
    return this.#posted.get(path) ?? [];
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
