import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ResponseError,
  TimeoutError,
  UserError,
} from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { BronzeError } from '../../../src/errors.ts';
import { kafkaFailure, protocolFailure } from '../../../src/kafka/kafka-errors.ts';

describe('kafkaFailure', () => {
  it.each([
    ['KAFKA_UNAVAILABLE', new NetworkError('Connection closed')],
    ['KAFKA_UNAVAILABLE', new TimeoutError('Request timed out')],
    ['KAFKA_UNAVAILABLE', new MultipleErrors('none', [new NetworkError('a'), new NetworkError('b')])],
    ['KAFKA_AUTHENTICATION', new NetworkError('failed', { cause: new AuthenticationError('SASL failed') })],
    ['KAFKA_AUTHENTICATION', new UserError('Broker requires TLS')],
    [
      'KAFKA_AUTHENTICATION',
      new NetworkError('failed', { cause: Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }) }),
    ],
    ['TOPIC_NOT_FOUND', new ResponseError(3, 12, { '/topics/0': [3, null] }, {})],
    ['KAFKA_PROTOCOL', new ResponseError(1, 13, { '/': [35, null] }, {})],
    ['KAFKA_PROTOCOL', new RangeError('end of data')],
  ] as const)('says %s', (code, error) => {
    const failure = kafkaFailure(error, 'doing');
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(`doing: ${error.message}`);
    expect(failure.cause).toBe(error);
  });

  it('leaves errors of ours as they are', () => {
    const ours = new BronzeError('OFFSETS_LOST', 'gone');
    expect(kafkaFailure(ours, 'doing')).toBe(ours);
  });
});

describe('protocolFailure', () => {
  it.each([
    [1, 'OFFSETS_LOST'],
    [3, 'TOPIC_NOT_FOUND'],
    [6, 'KAFKA_UNAVAILABLE'],
    [29, 'KAFKA_AUTHENTICATION'],
    [74, 'KAFKA_UNAVAILABLE'],
    [2, 'KAFKA_PROTOCOL'],
    [31999, 'KAFKA_PROTOCOL'],
  ])('turns error %i into %s', (errorCode, code) => {
    expect(protocolFailure(errorCode, 'doing').code).toBe(code);
  });
});
