import { withClient } from '../temporal/client.ts';
import { temporalConnectionOptions } from '../temporal/connection.ts';
import { JobClient } from '../temporal/job-client.ts';
import { localEnvironment } from './local-environment.ts';

/** A job client for the Temporal that the environment or the local stack names. */
export async function withJobs<T>(use: (jobs: JobClient) => Promise<T>): Promise<T> {
  const options = temporalConnectionOptions(await localEnvironment());
  return withClient(options, (client) => use(new JobClient(client)));
}
