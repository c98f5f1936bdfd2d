import { describe, expect, it } from 'vitest';
import { connectionOptions, parseBroker, resolveReferences } from '../../../src/kafka/connection-options.ts';
import type { KafkaSecurity } from '../../../src/model/job/job-spec.ts';

const timeouts = { connectTimeoutMs: 1, requestTimeoutMs: 2 };
const named = [{ host: 'broker', port: 9092 }];

describe('parseBroker', () => {
  it.each([
    ['localhost:9094', 'localhost', 9094],
    ['kafka', 'kafka', 9092],
    [' 10.0.0.1:1 ', '10.0.0.1', 1],
    ['[::1]:9093', '::1', 9093],
  ])('reads %s', (address, host, port) => {
    expect(parseBroker(address)).toEqual({ host, port });
  });

  it.each(['', 'a:b', 'PLAINTEXT://kafka:9092', '::1'])('refuses %j', (address) => {
    expect(() => parseBroker(address)).toThrow(expect.objectContaining({ code: 'SPEC_INVALID' }));
  });
});

describe('resolveReferences', () => {
  it('fills in variables and defaults', () => {
    expect(resolveReferences('${A}-${B:-b}-${C:-}', { A: 'a' })).toBe('a-b-');
    expect(resolveReferences('plain $A', { A: 'a' })).toBe('plain $A');
  });

  it('names a variable that is not set', () => {
    expect(() => resolveReferences('${NOT_SET}', {})).toThrow('NOT_SET');
  });
});

describe('connectionOptions', () => {
  const sasl: KafkaSecurity = {
    tls: true,
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'me', password: '${SECRET}' },
  };

  it('turns references into credentials', () => {
    expect(connectionOptions(named, sasl, timeouts, { SECRET: 's3' })).toMatchObject({
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'me', password: 's3' },
      tls: {},
      tlsServerName: true,
    });
  });

  it('uses neither TLS nor SASL unless told to', () => {
    expect(connectionOptions(named, undefined, timeouts, {})).toEqual({ connectTimeout: 1, requestTimeout: 2 });
  });

  it('sends no server name to an address', () => {
    const brokers = [{ host: '10.0.0.1', port: 1 }];
    expect(connectionOptions(brokers, { tls: true }, timeouts, {}).tlsServerName).toBe(false);
  });

  it('says which CA file cannot be read', () => {
    const security = { tls: true, caFile: '/no/such/ca.pem' };
    expect(() => connectionOptions(named, security, timeouts, {})).toThrow('/no/such/ca.pem');
  });
});
