import { protocolErrorsCodesById } from '@platformatic/kafka';
import { BronzeError, errorMessage } from '../errors.ts';
import type { ErrorCode } from '../model/error-code.ts';

const byProtocolError: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_NOT_FOUND',
  UNKNOWN_TOPIC_ID: 'TOPIC_NOT_FOUND',
  INVALID_TOPIC_EXCEPTION: 'TOPIC_NOT_FOUND',
  OFFSET_OUT_OF_RANGE: 'OFFSETS_LOST',
  TOPIC_AUTHORIZATION_FAILED: 'KAFKA_AUTHENTICATION',
  CLUSTER_AUTHORIZATION_FAILED: 'KAFKA_AUTHENTICATION',
  SASL_AUTHENTICATION_FAILED: 'KAFKA_AUTHENTICATION',
  UNSUPPORTED_SASL_MECHANISM: 'KAFKA_AUTHENTICATION',
  ILLEGAL_SASL_STATE: 'KAFKA_AUTHENTICATION',
  GROUP_AUTHORIZATION_FAILED: 'KAFKA_AUTHENTICATION',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'KAFKA_AUTHENTICATION',
  PRODUCER_FENCED: 'PRODUCER_FENCED',
  INVALID_PRODUCER_EPOCH: 'PRODUCER_FENCED',
  INVALID_PRODUCER_ID_MAPPING: 'PRODUCER_FENCED',
  INVALID_TXN_STATE: 'PRODUCER_FENCED',
  MESSAGE_TOO_LARGE: 'RECORD_REFUSED',
  RECORD_LIST_TOO_LARGE: 'RECORD_REFUSED',
  INVALID_TIMESTAMP: 'RECORD_REFUSED',
  INVALID_RECORD: 'RECORD_REFUSED',
};

/** Protocol errors that pass once the metadata is fresh or the broker has caught up. */
const transientProtocolErrors: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_SERVER_ERROR',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'UNSTABLE_OFFSET_COMMIT',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
]);

/** The protocol's name of an error code, e.g. `OFFSET_OUT_OF_RANGE`. */
export function protocolErrorName(code: number): string {
  const names: Readonly<Record<number, string>> = protocolErrorsCodesById;
  return names[code] ?? `error ${code}`;
}

export function isTransient(protocolError: string): boolean {
  return transientProtocolErrors.has(protocolError);
}

/** A partition's or topic's error code in a response, as an error of ours. */
export function protocolFailure(errorCode: number, doing: string): BronzeError {
  const name = protocolErrorName(errorCode);
  const code = byProtocolError[name] ?? (isTransient(name) ? 'KAFKA_UNAVAILABLE' : 'KAFKA_PROTOCOL');
  return new BronzeError(code, `${doing}: the broker answered ${name}`);
}

/** Whatever the client library or a socket threw, as an error of ours. */
export function kafkaFailure(error: unknown, doing: string): BronzeError {
  if (error instanceof BronzeError) return error;
  const chain = [...causes(error)];
  const messages = chain.map((cause) => errorMessage(cause).replace(/\.$/, ''));
  const detail = messages.filter((message, index, all) => all.indexOf(message) === index);
  return new BronzeError(classify(chain), `${doing}: ${detail.join(': ')}`, { cause: error });
}

function classify(chain: readonly unknown[]): ErrorCode {
  if (chain.some(isAuthenticationFailure)) return 'KAFKA_AUTHENTICATION';
  for (const error of chain) {
    const code = byProtocolError[textProperty(error, 'apiId')];
    if (code) return code;
  }
  return chain.some(isNetworkFailure) ? 'KAFKA_UNAVAILABLE' : 'KAFKA_PROTOCOL';
}

/** A listener that wants TLS, or a certificate that is not trusted, needs a person just as a wrong password does. */
function isAuthenticationFailure(error: unknown): boolean {
  const code = textProperty(error, 'code');
  return (
    code === 'PLT_KFK_AUTHENTICATION' ||
    code === 'PLT_KFK_USER' ||
    code.startsWith('ERR_TLS_') ||
    code.startsWith('ERR_SSL_') ||
    /CERT|SELF_SIGNED|LEAF_SIGNATURE/.test(code)
  );
}

function isNetworkFailure(error: unknown): boolean {
  const code = textProperty(error, 'code');
  return (
    code === 'PLT_KFK_NETWORK' ||
    code === 'PLT_KFK_TIMEOUT' ||
    textProperty(error, 'syscall') !== '' ||
    isTransient(textProperty(error, 'apiId'))
  );
}

function* causes(error: unknown): Generator {
  yield error;
  if (!(error instanceof Error)) return;
  if (error.cause !== undefined) yield* causes(error.cause);
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causes(inner);
}

function textProperty(value: unknown, name: string): string {
  const property: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof property === 'string' ? property : '';
}
