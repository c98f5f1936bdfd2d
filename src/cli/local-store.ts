import { existsSync } from 'node:fs';
import type { JobSpec, ParseStep } from '../model/job/job-spec.ts';
import type { KeyParse } from '../model/job/key-step.ts';
import { defaultStateFolder } from '../stack/project-root.ts';
import { usualServers, type ServerName } from '../stack/server-name.ts';

/** Each of these names a store of one's own. */
const endpointVariables = ['S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'];

/** And each of these means AWS where no store is named. */
const awsVariables = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/**
 * Where the environment does not say how S3 is reached and the local stack runs a store: has this process, and those
 * that it starts, use that one.
 */
export async function useLocalStore(env: NodeJS.ProcessEnv): Promise<void> {
  if (isAnySet(endpointVariables, env) || isAnySet(awsVariables, env) || !existsSync(defaultStateFolder)) return;
  const { runningAddresses } = await import('../stack/running-servers.ts');
  const { minioEnvironment } = await import('../stack/minio-server.ts');
  const { s3 } = await runningAddresses(defaultStateFolder);
  if (s3 !== undefined) Object.assign(env, minioEnvironment(s3, env));
}

/** The servers that jobs need: with a store where one of their paths is in S3, unless that is AWS's own, and with a Schema Registry. */
export function serversFor(specs: readonly JobSpec[], env: NodeJS.ProcessEnv): readonly ServerName[] {
  const paths = specs.flatMap(({ table, deadLetter, outputs = [], checkpointPath }) => [
    ...[table, deadLetter, ...outputs].map(({ path }) => path),
    checkpointPath,
  ]);
  const inStore = paths.some((path) => path?.startsWith('s3://'));
  const inAws = isAnySet(awsVariables, env) && !isAnySet(endpointVariables, env);
  const asksRegistry = specs.some(({ steps: { parse, key } }) => [parse, key?.parse].some(isFromRegistry));
  return [
    ...usualServers,
    ...(inStore && !inAws ? (['s3'] as const) : []),
    ...(asksRegistry ? (['registry'] as const) : []),
  ];
}

function isFromRegistry(parse: ParseStep | KeyParse | undefined): boolean {
  return parse !== undefined && 'from' in parse && parse.from.kind === 'registry';
}

function isAnySet(names: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return names.some((name) => (env[name] ?? '') !== '');
}
