import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Broker, ConnectionOptions } from '@platformatic/kafka';
import { BronzeError, errorMessage } from '../errors.ts';
import type { KafkaSecurity } from '../model/job/job-spec.ts';

export interface ConnectionTimeouts {
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/**
 * The client library's options for a job's security settings. Here, and nowhere earlier, `${VAR}` references of
 * credentials become secrets. Throws KAFKA_AUTHENTICATION where a variable is not set or the CA file cannot be read.
 */
export function connectionOptions(
  brokers: readonly Broker[],
  security: KafkaSecurity | undefined,
  timeouts: ConnectionTimeouts,
  env: NodeJS.ProcessEnv,
): ConnectionOptions {
  return {
    connectTimeout: timeouts.connectTimeoutMs,
    requestTimeout: timeouts.requestTimeoutMs,
    ...(security?.tls && {
      tls: security.caFile === undefined ? {} : { ca: readCertificates(security.caFile) },
      // Server names are for hosts with names (RFC 6066, section 3).
      tlsServerName: brokers.every(({ host }) => isIP(host) === 0),
    }),
    ...(security?.sasl && {
      sasl: {
        mechanism: security.sasl.mechanism,
        username: resolveReferences(security.sasl.username, env),
        password: resolveReferences(security.sasl.password, env),
      },
    }),
  };
}

/** `host:port`; the port defaults to 9092. IPv6 addresses stand in brackets. */
export function parseBroker(address: string): Broker {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address.trim());
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) {
    throw new BronzeError('SPEC_INVALID', `bootstrap server "${address}" is not of the form host:port`);
  }
  return { host, port: Number(match?.[3] ?? 9092) };
}

/** Fills in `${VAR}` and `${VAR:-default}`. Values never appear in the error. */
export function resolveReferences(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    const value = env[name] ?? fallback;
    if (value === undefined) {
      throw new BronzeError('KAFKA_AUTHENTICATION', `environment variable ${name}, named in security.sasl, is not set`);
    }
    return value;
  });
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BronzeError('KAFKA_AUTHENTICATION', `security.caFile: ${errorMessage(error)}`, { cause: error });
  }
}
