/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that job files and defaults refer to, with the other names under which they are known filled in:
 * `KAFKA_BROKER` stands for `KAFKA_BOOTSTRAP_SERVERS`; `DELTA_LAKE_PATH`, or `OUTPUT_PATH` with `RUN_ID` for a folder
 * per run, stands for `LAKE_PATH`. The first that is set wins.
 */
export function withAliases(env: Environment): Environment {
  const outputPath = nonEmpty(env['OUTPUT_PATH'])?.replace(/\/+$/, '');
  const runId = nonEmpty(env['RUN_ID']);
  const runFolder = outputPath === undefined || runId === undefined ? outputPath : `${outputPath}/run_${runId}`;
  return {
    ...env,
    KAFKA_BOOTSTRAP_SERVERS: nonEmpty(env['KAFKA_BOOTSTRAP_SERVERS']) ?? nonEmpty(env['KAFKA_BROKER']),
    LAKE_PATH: nonEmpty(env['LAKE_PATH']) ?? nonEmpty(env['DELTA_LAKE_PATH']) ?? runFolder,
  };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
