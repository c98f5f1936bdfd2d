import { BronzeError } from '../errors.ts';

/** A folder of a bucket. */
export interface S3Location {
  readonly bucket: string;
  /** Empty for the whole bucket, else with a trailing slash. */
  readonly prefix: string;
}

/** Is it a URL of S3? Hadoop's names for its S3 clients mean the same store. */
export function isS3Url(root: string): boolean {
  return /^s3[an]?:\/\//i.test(root);
}

/** @throws BronzeError `STORAGE_MISCONFIGURED` where the URL names no bucket. */
export function parseS3Url(url: string): S3Location {
  const [bucket = '', ...folders] = url.replace(/^s3[an]?:\/\//i, '').split('/');
  if (bucket === '') throw new BronzeError('STORAGE_MISCONFIGURED', `"${url}" names no bucket: expected s3://bucket/…`);
  const prefix = folders.filter((folder) => folder !== '').join('/');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** As people write it: no trailing slash, `s3://`. */
export function formatS3Url({ bucket, prefix }: S3Location): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`;
}
