import { expect, test } from 'vitest';
import { s3Failure } from '../../../src/storage/s3-errors.ts';

function answer(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode } });
}

// Amazon S3 API Reference, Error Responses.
test.each([
  ['RequestTimeout', 400],
  ['IncompleteBody', 400],
  ['BadDigest', 400],
  ['OperationAborted', 409],
  ['ConditionalRequestConflict', 409],
  ['PreconditionFailed', 412],
  ['SlowDown', 503],
])('%s (%d) is no reason to give up: another attempt can succeed', (name, status) => {
  expect(s3Failure('writing', 's3://bucket/key', 'AWS', answer(name, status))).toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    retryable: true,
  });
});

test('what no other attempt can mend is said at once', () => {
  expect(s3Failure('writing', 's3://bucket/key', 'AWS', answer('EntityTooLarge', 400))).toMatchObject({
    code: 'STORAGE_MISCONFIGURED',
    retryable: false,
  });
});
