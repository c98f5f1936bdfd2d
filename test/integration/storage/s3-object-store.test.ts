import { describeObjectStore } from '../../support/object-store-contract.ts';
import { useTestBucket } from '../../support/s3.ts';

const bucket = useTestBucket();

describeObjectStore('a bucket of S3', () => Promise.resolve(bucket.newStore()));
