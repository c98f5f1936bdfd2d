import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineSession } from '../../../../src/engine/session.ts';
import { checkPipeline } from '../../../../src/ingest/transform/check-pipeline.ts';
import { maxExpressionDepth, maxExpressionLength } from '../../../../src/ingest/transform/expression-problem.ts';
import { setScrubKey } from '../../../../src/ingest/transform/scrub-key.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import type { DerivedColumn } from '../../../../src/transform/derived-column.ts';
import { jobSpec, runPipeline, type SpecParts } from '../../../support/run-pipeline.ts';

const key = 'the-key-that-nobody-may-read';
const scrub = {
  rules: [{ field: 'email', method: { kind: 'hash' as const } }],
  flagColumn: '_pii_scrubbed',
  rawValue: 'refuse' as const,
  deadLetters: 'redact' as const,
};
const columns = [field('value', 'string'), field('n', 'long'), field('s', struct(field('x', 'string')))];
let session: EngineSession;

/** An engine as a batch has it: with the key of the job's hashes, and with tables of records. */
beforeAll(async () => {
  const folder = join(tmpdir(), `kafka-bronze-hostile-${randomUUID()}`);
  session = await EngineSession.open({ folder, memoryLimitBytes: 64 * 1024 * 1024 });
  const spec = jobSpec({ scrub: { ...scrub, hmacKey: '${KEY}' } });
  await setScrubKey(session, spec, { KEY: key });
  await session.run(`CREATE TABLE input_0 AS SELECT 'plain' AS "__kb_text"`, 'prepare');
});

afterAll(async () => {
  await session[Symbol.asyncDispose]();
});

async function refusal(sql: string, as: 'derived column' | 'validation rule'): Promise<string> {
  const derived: DerivedColumn = {
    place: ['steps', 'd'],
    type: as === 'validation rule' ? 'boolean' : 'string',
    sql,
    columnsBefore: columns,
  };
  const refused = checkPipeline(session, 'test-job', { derived: [derived] });
  return refused.then(
    () => 'accepted',
    (error: unknown) => {
      expect(error, sql).toMatchObject({ code: 'PIPELINE_INVALID' });
      return error instanceof Error ? error.message : String(error);
    },
  );
}

const lone =
  /expected one SQL expression|syntax error|Only SELECT statements|subquery|does not exist|there is no column/;
const subquery = /a subquery is not possible here/;
const unsteady = /depends on more than the record/;
const unknown = /does not exist|No function matches|table function|there is no column/i;

const attempts: readonly [about: string, reason: RegExp, sqls: readonly string[]][] = [
  [
    'read files with a query',
    subquery,
    [
      "(SELECT content FROM read_text('/etc/passwd'))",
      "(SELECT count(*) FROM read_csv('/etc/passwd'))",
      "(SELECT content FROM read_blob('/etc/passwd'))",
      "(SELECT file FROM glob('/etc/*'))",
      "(FROM '/etc/passwd')",
      "EXISTS (FROM read_parquet('/tmp/x.parquet'))",
      "ARRAY(SELECT content FROM read_text('/etc/passwd'))",
      "value IN (SELECT content FROM read_text('/etc/passwd'))",
      "value = ANY (SELECT content FROM read_text('/etc/passwd'))",
      "value LIKE (SELECT content FROM read_text('/etc/passwd'))",
      "list_transform([n], lambda i: (SELECT content FROM read_text('/etc/passwd')))",
      "(WITH a AS (FROM read_text('/etc/passwd')) SELECT content FROM a)",
      "CASE WHEN (SELECT true FROM read_json('/etc/passwd')) THEN 1 END",
      "coalesce(TRY((SELECT content FROM read_text('/etc/passwd'))), '')",
    ],
  ],
  [
    'read files with a function',
    unknown,
    [
      "read_text('/etc/passwd')",
      "read_csv('/etc/passwd')",
      "read_blob('/etc/passwd')",
      "glob('/etc/*')",
      "parquet_metadata('/tmp/x')",
      "sniff_csv('/etc/passwd')",
      "getenv('HOME')",
      "file_exists('/etc/passwd')",
      "shell('ls')",
    ],
  ],
  [
    'reach other databases and the network',
    unknown,
    [
      "sqlite_scan('/tmp/x.db', 't')",
      "postgres_scan('host=127.0.0.1', 'public', 't')",
      "postgres_query('db', 'SELECT 1')",
      "mysql_query('db', 'SELECT 1')",
      "iceberg_scan('s3://bucket/t')",
      "delta_scan('s3://bucket/t')",
      "http_get('http://127.0.0.1/')",
      "st_read('/etc/passwd')",
    ],
  ],
  [
    'run a statement',
    lone,
    [
      "COPY (SELECT 1) TO '/tmp/leak.csv'",
      "COPY input_0 TO '/tmp/leak.csv'",
      "ATTACH '/tmp/other.db'",
      'DETACH memory',
      'INSTALL httpfs',
      'LOAD httpfs',
      'PRAGMA database_list',
      'SET enable_external_access = true',
      'RESET lock_configuration',
      "SET VARIABLE x = '1'",
      "EXPORT DATABASE '/tmp/x'",
      "IMPORT DATABASE '/tmp/x'",
      'CREATE MACRO f(x) AS x',
      'CREATE TABLE t (a INT)',
      "CREATE SECRET (TYPE s3, KEY_ID 'x')",
      'DROP TABLE input_0',
      'DELETE FROM input_0',
      'INSERT INTO input_0 VALUES (1)',
      "EXECUTE IMMEDIATE 'SELECT 1'",
      'CALL duckdb_settings()',
      'CHECKPOINT',
      'VACUUM',
      'BEGIN',
      'DESCRIBE input_0',
      'SHOW TABLES',
      'EXPLAIN SELECT 1',
    ],
  ],
  [
    'run a second statement',
    lone,
    [
      "value; COPY (SELECT 1) TO '/tmp/leak.csv'",
      "value); COPY (SELECT 1) TO '/tmp/leak.csv'; SELECT (1",
      'value); DROP TABLE input_0 --',
      '); DROP TABLE input_0 --',
      "1; SET memory_limit = '100GB'",
      'value;',
    ],
  ],
  [
    'leave the expression',
    lone,
    [
      'value) AS a, (value',
      "value) FROM read_text('/etc/passwd') x WHERE (true",
      'value FROM input_0',
      'value) FROM input_0 --',
      'value WHERE true',
      'value) UNION ALL SELECT (content',
      'value) GROUP BY (value',
      'value) ORDER BY (value',
      'value) LIMIT (1',
      'value AS x',
      'value) USING SAMPLE (1',
      'value) QUALIFY (true',
      'TABLE input_0',
      '',
      '-- nothing',
    ],
  ],
  ['not end a comment', /syntax error|unterminated/, ['value /* and so on', "value || 'no end"]],
  [
    'read settings, variables and the key of scrub',
    unsteady,
    [
      "getvariable('__kb_hmac_inner')",
      "GetVariable('__KB_HMAC_INNER')::VARCHAR",
      '"getvariable"(\'__kb_hmac_outer\')::VARCHAR',
      "main.getvariable('__kb_hmac_inner')::VARCHAR",
      "system.main.getvariable('__kb_hmac_inner')::VARCHAR",
      "('__kb_hmac_inner').getvariable()::VARCHAR",
      "list_transform(['__kb_hmac_inner'], lambda v: getvariable(v))::VARCHAR",
      "TRY(getvariable('__kb_hmac_inner'))::VARCHAR",
      "{'k': getvariable('__kb_hmac_inner')}::VARCHAR",
      "json_serialize_plan('SELECT getvariable(''__kb_hmac_inner'')')",
      "json_serialize_plan('FROM duckdb_variables()', optimize := true)",
      "json_serialize_plan('FROM input_0')",
      "current_setting('temp_directory')",
      "pg_catalog.current_setting('temp_directory')",
      "current_setting('s3_secret_access_key')",
      'current_query()',
      "write_log('x')",
      "error('x')",
      'sleep_ms(10)',
      'pg_sleep(10)',
      "in_search_path('memory', 'main')",
    ],
  ],
  [
    'look into the catalog',
    new RegExp(`${unsteady.source}|${unknown.source}`),
    [
      'duckdb_secrets()',
      'duckdb_settings()',
      'duckdb_variables()',
      'duckdb_tables()',
      'which_secret(value, value)',
      'pragma_version()',
      "pragma_table_info('input_0')",
      'information_schema.tables',
      'information_schema.tables.table_name',
      'pg_catalog.pg_class.relname',
      'sqlite_master',
      'sqlite_master.sql',
      'pg_get_viewdef(n)',
      'pg_get_constraintdef(n)',
      'format_type(n, 1)',
      "get_block_size('memory')",
      "has_table_privilege('input_0', 'select')::VARCHAR",
      'inet_server_addr()',
      'current_database()',
      'current_schemas(true)::VARCHAR',
      'current_catalog',
      'version()',
      "query('SELECT 1')",
      "query_table('input_0')",
      "json_execute_serialized_sql('{}')",
      "json_serialize_sql('SELECT 1')",
      "json_deserialize_sql('{}')",
      'checkpoint()',
    ],
  ],
  [
    'look at the clock, the user, chance or a sequence',
    unsteady,
    [
      ...['now()', 'today()', 'current_timestamp', 'CURRENT_DATE', 'current_time', 'localtime', 'localtimestamp'],
      ...['current_localtime()', 'current_localtimestamp()', 'get_current_timestamp()', 'transaction_timestamp()'],
      ...["age(TIMESTAMP '2020-01-01')", "ago(INTERVAL '1 day')", 'pg_conf_load_time()', 'txid_current()'],
      ...['user', 'current_user', 'session_user', 'current_role', 'current_connection_id()'],
      ...['random()', 'uuid()', 'uuidv7()', 'gen_random_uuid()', 'setseed(0.5)', "nextval('s')", "currval('s')"],
    ].map((sql) => `(${sql})::VARCHAR`),
  ],
  [
    'see other records',
    /subquery|window function|aggregate|UNNEST|unnest|Table Function|does not exist/i,
    [
      '(SELECT "__kb_text" FROM input_0)',
      'value IN (SELECT "__kb_text" FROM input_0)',
      '(SELECT max(value))',
      'row_number() OVER ()',
      'lag(value) OVER (ORDER BY n)',
      'sum(n) OVER ()',
      'max(value)',
      'count(*)',
      'count(*) FILTER (WHERE n > 1)',
      'list(value)',
      'string_agg(value)',
      'first(value)',
      'median(n)',
      'unnest([value])',
      'generate_subscripts([1], 1)',
      "regexp_split_to_table(value, ',')",
    ],
  ],
  [
    "see what a step has beside the table's columns",
    /not found|there is no column|name the columns|no value here/,
    [
      '__kb_text',
      '"__KB_TEXT"',
      '__kb_rows',
      '"__kb_rows"."__kb_text"',
      '__kb_rows::VARCHAR',
      'to_json(__kb_rows)',
      'list_transform([n], lambda __kb_rows: 1) || __kb_rows',
      'unnamed_subquery::VARCHAR',
      'list_transform([n], lambda unnamed_subquery: 1)::VARCHAR || unnamed_subquery::VARCHAR',
      "unnamed_subquery->'$.__kb_text'",
      'unnamed_subquery."__kb_text"',
      'input_0',
      'input_0."__kb_text"',
      'rowid',
      '#1',
      '#5::VARCHAR',
      '*',
      'COLUMNS(*)::VARCHAR',
      "COLUMNS('.*')::VARCHAR",
      "*COLUMNS('.*')",
      'COLUMNS(lambda c: true)::VARCHAR',
      '$1',
      '?',
      '$__kb_hmac_inner',
    ],
  ],
  [
    'exhaust the parser or the binder',
    /expressions deep|depth limit|memory exhausted|longer than/,
    [
      `${'upper('.repeat(1100)}value${')'.repeat(1100)}`,
      `${'['.repeat(4000)}1${']'.repeat(4000)}`,
      `${'NOT '.repeat(4000)}true`,
      `1${'+1'.repeat(4000)}`,
      `value${'::VARCHAR'.repeat(850)}`,
      `value${'.x'.repeat(4000)}`,
      `value${'[1]'.repeat(2500)}`,
      `n${' + 1'.repeat(maxExpressionDepth)}`,
      `value::INT${'[]'.repeat(4000)}`,
      `value::${'STRUCT(a '.repeat(750)}INT${')'.repeat(750)}`,
      `true${' OR true'.repeat(100_000)}`,
      `s${'.x'.repeat(100_000)}`,
      `'${'x'.repeat(maxExpressionLength)}'`,
    ],
  ],
];

describe("SQL of a job's author", () => {
  it.each(attempts)('cannot %s', async (_about, reason, sqls) => {
    for (const sql of sqls) expect(await refusal(sql, 'derived column'), sql.slice(0, 100)).toMatch(reason);
  });

  it('has the same limits in a validation rule', async () => {
    for (const [, reason, [sql = '']] of attempts) expect(await refusal(sql, 'validation rule'), sql).toMatch(reason);
  });

  it.each<[about: string, sql: string, result: string]>([
    ['long', `n = 2${' OR n = 1'.repeat(900)}`, 'true'],
    ['deep', `n${' + 1'.repeat(maxExpressionDepth - 2)}`, String(maxExpressionDepth - 1)],
  ])('may be as %s as the bound, and runs then', async (_about, sql, result) => {
    expect(sql.length).toBeLessThanOrEqual(maxExpressionLength);
    const parts: SpecParts = {
      parse: { format: 'json', schema: [field('n', 'long')], onCastFailure: 'reject' },
      derive: [{ name: 'd', type: 'string', sql }],
    };
    const { rows } = await runPipeline(parts, ['{"n":1}']);
    expect(rows).toEqual([{ n: '1', d: result }]);
  });

  it('sees of a scrubbed record only what scrubbing left, by whatever way it asks', async () => {
    const given: SpecParts = {
      parse: { format: 'json', schema: [field('email', 'string')], onCastFailure: 'reject' },
      scrub,
      derive: [
        { name: 'copy', type: 'string', sql: 'email' },
        { name: 'quoted', type: 'string', sql: '"EMAIL"' },
        { name: 'packed', type: 'string', sql: '{e: email}::VARCHAR' },
      ],
    };
    const { rows } = await runPipeline(given, ['{"email":"ann@example.org"}']);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('ann');
    for (const sql of ['unnamed_subquery::VARCHAR', '#5', '__kb_rows::VARCHAR']) {
      const run = runPipeline({ ...given, derive: [{ name: 'd', type: 'string', sql }] }, ['{"email":"ann"}']);
      await expect(run, sql).rejects.toMatchObject({ code: 'PIPELINE_INVALID' });
    }
  });
});
