import { expect, test } from 'vitest';
import { temporalUnavailable } from '../../../src/temporal/unavailable.ts';

test('says where Temporal was looked for, why in short, and what to do', () => {
  const native =
    'tonic::transport::Error(Transport, ConnectError(ConnectError("tcp connect error", 127.0.0.1:7233, ' +
    'Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })))';
  expect(temporalUnavailable('127.0.0.1:7233', new Error(native))).toMatchObject({
    code: 'TEMPORAL_UNAVAILABLE',
    message:
      'no Temporal server answers at 127.0.0.1:7233 (connection refused). ' +
      'Start one with "npm start" or "bronze stack up", or set TEMPORAL_ADDRESS.',
  });
  expect(temporalUnavailable('a:1', new Error('before the deadline')).message).toContain('(before the deadline)');
});
