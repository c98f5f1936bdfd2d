import type { StackAddresses } from '../../src/stack/server-name.ts';
import { S3Proxy } from '../support/s3-proxy.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** What lies between the workers and the servers. Producers, and whoever looks at the outcome, go past it. */
export interface Network {
  readonly kafka: TcpProxy;
  readonly temporal: TcpProxy;
  /** Absent where the lake is a folder. */
  readonly s3?: { readonly tcp: TcpProxy; readonly http: S3Proxy };
  heal(): void;
  close(): Promise<void>;
}

export async function openNetwork(addresses: StackAddresses, withS3: boolean): Promise<Network> {
  const { kafka = '', temporal = '', s3 = '' } = addresses;
  const tcp = { kafka: await TcpProxy.open(kafka), temporal: await TcpProxy.open(temporal) };
  const store = withS3 ? await openStore(s3) : undefined;
  const proxies = [tcp.kafka, tcp.temporal, ...(store ? [store.tcp] : [])];
  return {
    ...tcp,
    ...(store === undefined ? {} : { s3: store }),
    heal: () => {
      for (const proxy of proxies) proxy.weather = { kind: 'fair' };
      store?.http.clear();
    },
    close: async () => {
      for (const proxy of proxies) await proxy.close();
      await store?.http.close();
    },
  };
}

/** Requests that are lost as HTTP knows them, and below that connections. */
async function openStore(url: string): Promise<NonNullable<Network['s3']>> {
  const http = await S3Proxy.open(url);
  return { http, tcp: await TcpProxy.open(new URL(http.endpoint).host) };
}
