import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A registry of a few lines, over HTTP, with the answers of Confluent's. Its URL is never that of another one: what a
 * process knows of a registry it keeps by URL, and ports come again.
 */
export class SmallRegistry {
  url = '';
  readonly requests: string[] = [];
  /** What is answered in place of everything, for as long as it is set. */
  outage: { readonly status: number; readonly body: string } | undefined;
  readonly #server: Server;
  readonly #answers = new Map<string, unknown>();
  readonly #root = `/${randomUUID()}`;

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').replace(this.#root, '');
      this.requests.push(path);
      const found = this.#answers.get(path);
      const missing = { error_code: 40403, message: 'Schema not found' };
      const { status, body } = this.outage ?? {
        status: found === undefined ? 404 : 200,
        body: JSON.stringify(found ?? missing),
      };
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(body);
    });
  }

  static async start(): Promise<SmallRegistry> {
    const registry = new SmallRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    registry.url = `http://127.0.0.1:${(registry.#server.address() as AddressInfo).port}${registry.#root}`;
    return registry;
  }

  /** Registers the latest version of a subject. */
  register(id: number, subject: string, version: number, schema: object): void {
    this.#answers.set(`/schemas/ids/${id}`, schema);
    this.#answers.set(`/subjects/${subject}/versions/${version}`, { id, subject, version, ...schema });
    this.#answers.set(`/subjects/${subject}/versions/latest`, { id, subject, version, ...schema });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A value in Confluent's wire format. */
export function wireValue(schemaId: number, ...payload: Uint8Array[]): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32BE(schemaId, 1);
  return Buffer.concat([head, ...payload]);
}
