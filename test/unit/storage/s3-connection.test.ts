import { describe, expect, test } from 'vitest';
import { isOwnStore, s3Connection } from '../../../src/storage/s3-connection.ts';

const own = { endpoint: 'http://minio:9000', region: 'us-east-1', forcePathStyle: true };

describe('how S3 is reached', () => {
  test('is left to the AWS SDK where the environment says nothing of ours', () => {
    expect(s3Connection({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-central-1' })).toEqual({
      forcePathStyle: false,
    });
  });

  test('follows the variables of the mission', () => {
    const env = { S3_ENDPOINT: 'http://minio:9000/', S3_ACCESS_KEY: 'minioadmin', S3_SECRET_KEY: 'secret' };
    const credentials = { accessKeyId: 'minioadmin', secretAccessKey: 'secret' };
    expect(s3Connection(env)).toEqual({ ...own, credentials });
    const more = { AWS_ACCESS_KEY_ID: 'other', MINIO_ROOT_USER: 'admin', MINIO_ROOT_PASSWORD: 'admin123' };
    expect(s3Connection({ ...env, ...more }).credentials).toEqual(credentials);
  });

  test("takes MinIO's own credentials for a store of one's own that nothing else has a key for", () => {
    const minio = { MINIO_ROOT_USER: 'admin', MINIO_ROOT_PASSWORD: 'admin123' };
    const env = { AWS_ENDPOINT_URL_S3: 'http://minio:9000', ...minio };
    expect(s3Connection(env)).toEqual({ ...own, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin123' } });
    expect(s3Connection({ ...env, AWS_PROFILE: 'dev' }).credentials).toBeUndefined();
    expect(s3Connection({ ...env, AWS_ACCESS_KEY_ID: 'a' }).credentials).toBeUndefined();
    // Never to AWS.
    expect(s3Connection(minio)).toEqual({ forcePathStyle: false });
    expect(s3Connection({ ...minio, S3_ENDPOINT: 'https://s3.eu-west-1.amazonaws.com' }).credentials).toBeUndefined();
  });

  test('has the style and the region that are asked for', () => {
    const env = { S3_ENDPOINT: 'https://store.example.com', S3_REGION: 'auto', S3_PATH_STYLE: 'false' };
    expect(s3Connection(env)).toEqual({ endpoint: env.S3_ENDPOINT, region: 'auto', forcePathStyle: false });
    expect(s3Connection({ S3_ENDPOINT: env.S3_ENDPOINT, AWS_REGION: 'eu-west-1' })).toEqual({
      endpoint: env.S3_ENDPOINT,
      forcePathStyle: true,
    });
    expect(s3Connection({ S3_PATH_STYLE: 'true' })).toEqual({ forcePathStyle: true });
  });

  test("an endpoint of AWS's is AWS", () => {
    expect(isOwnStore(s3Connection({ AWS_ENDPOINT_URL: 'https://s3.us-west-2.amazonaws.com' }))).toBe(false);
    expect(isOwnStore(s3Connection({ S3_ENDPOINT: 'https://notamazonaws.com' }))).toBe(true);
  });

  test.each([
    [{ S3_ENDPOINT: 'minio:9000' }, 'S3_ENDPOINT is "minio:9000": expected a URL such as http://localhost:9000'],
    [{ S3_ENDPOINT: 'http://minio:9000/bucket' }, 'without a path'],
    [{ S3_ACCESS_KEY: 'a' }, 'S3_ACCESS_KEY is set and S3_SECRET_KEY is not'],
    [{ S3_ENDPOINT: 'http://m:1', MINIO_ROOT_PASSWORD: 'a' }, 'MINIO_ROOT_PASSWORD is set and MINIO_ROOT_USER is not'],
  ])('%j is refused', (env: NodeJS.ProcessEnv, message) => {
    const expected = { code: 'STORAGE_MISCONFIGURED', message: expect.stringContaining(message) as string };
    expect(() => s3Connection(env)).toThrow(expect.objectContaining(expected));
  });
});
