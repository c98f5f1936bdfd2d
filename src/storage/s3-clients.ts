import type { S3Client } from '@aws-sdk/client-s3';
import { isOwnStore, type S3Connection } from './s3-connection.ts';
import { s3Sdk } from './s3-sdk.ts';

export interface S3Timeouts {
  readonly connectMs: number;
  /** From the request to the beginning of its answer. */
  readonly answerMs: number;
  /** How long a connection may stand still. */
  readonly idleMs: number;
}

/** A commit is small: when there is no answer by then, it is sooner looked up than waited for. */
export const defaultCommitTimeouts: S3Timeouts = { connectMs: 5_000, answerMs: 10_000, idleMs: 10_000 };
export const defaultDataTimeouts: S3Timeouts = { connectMs: 5_000, answerMs: 60_000, idleMs: 30_000 };

export interface S3Clients {
  /** For what can be repeated: the SDK does so after outages and throttling, with a growing delay. */
  readonly data: S3Client;
  /**
   * For conditional creates, which it sends once: were it to send again what had succeeded, the answer would be that
   * the object exists, as if another writer had made it.
   */
  readonly commit: S3Client;
}

export function createS3Clients(
  connection: S3Connection,
  timeouts: { readonly commit?: S3Timeouts; readonly data?: S3Timeouts } = {},
): S3Clients {
  return {
    data: createClient(connection, 5, timeouts.data ?? defaultDataTimeouts),
    commit: createClient(connection, 1, timeouts.commit ?? defaultCommitTimeouts),
  };
}

const shared = new Map<string, S3Clients>();

/** The clients of a connection, which all stores of a process share, and with them their connections. */
export function sharedS3Clients(connection: S3Connection): S3Clients {
  const key = JSON.stringify(connection);
  const known = shared.get(key);
  if (known) return known;
  const clients = createS3Clients(connection);
  shared.set(key, clients);
  return clients;
}

function createClient(connection: S3Connection, maxAttempts: number, timeouts: S3Timeouts): S3Client {
  const { endpoint, region, credentials, forcePathStyle } = connection;
  // Checksums that nobody asked for: stores other than AWS's refuse some of them.
  const whenRequired = {
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
  return new (s3Sdk().S3Client)({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(isOwnStore(connection) ? whenRequired : { followRegionRedirects: true }),
    forcePathStyle,
    maxAttempts,
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      requestTimeout: timeouts.answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeouts.idleMs,
    },
  });
}
