import { createRequire } from 'node:module';
import type * as sdk from '@aws-sdk/client-s3';

type S3Sdk = typeof sdk;

let loaded: S3Sdk | undefined;

/**
 * The SDK, which is loaded with the first use of a bucket: it takes 15 MB and a tenth of a second of each process, also
 * of those whose tables are in folders.
 */
export function s3Sdk(): S3Sdk {
  loaded ??= createRequire(import.meta.url)('@aws-sdk/client-s3') as S3Sdk;
  return loaded;
}
