import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineSession } from '../../../src/engine/session.ts';

const memoryLimitBytes = 64 * 1024 * 1024;
let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'bronze-session-'));
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

describe('an engine session', () => {
  it('lets SQL touch no file outside its folder, no network and no setting', async () => {
    await using session = await EngineSession.open({ folder: join(parent, 'own'), memoryLimitBytes });
    await writeFile(join(parent, 'secret.csv'), 'a\n1\n');
    for (const sql of [
      `SELECT * FROM read_text('/etc/passwd')`,
      `SELECT * FROM read_csv('${parent}/secret.csv')`,
      `SELECT * FROM read_csv('${parent}/own/../secret.csv')`,
      `SELECT * FROM glob('${parent}/*')`,
      `COPY (SELECT 1) TO '${parent}/leak.csv'`,
      `ATTACH '${parent}/other.db'`,
      `INSTALL httpfs`,
      `LOAD httpfs`,
      `SELECT * FROM read_csv('http://127.0.0.1:9/x')`,
      `SET enable_external_access = true`,
      `SET allowed_directories = ['/']`,
      `SET memory_limit = '100GB'`,
      `RESET lock_configuration`,
      `RESET enable_external_access`,
      `SET GLOBAL secret_directory = '${parent}'`,
      `SET home_directory = '${parent}'`,
      `SET custom_extension_repository = 'http://127.0.0.1:9'`,
      `PRAGMA threads = 8`,
      `COPY (SELECT 1) TO '/dev/stdout'`,
      `CREATE TABLE t AS FROM '${parent}/secret.csv'`,
      `COPY (SELECT 1 AS a) TO '${parent}/own/../leak' (PARTITION_BY (a))`,
      `EXPORT DATABASE '${parent}/leak'`,
      `IMPORT DATABASE '${parent}'`,
      `ATTACH 'host=127.0.0.1' AS pg (TYPE postgres)`,
      `ATTACH '${parent}/other.db' (TYPE sqlite)`,
      `CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')`,
      `CREATE SECRET s (TYPE s3, PROVIDER credential_chain)`,
      `LOAD '${parent}/own/extension.duckdb_extension'`,
      `FORCE INSTALL httpfs FROM 'http://127.0.0.1:9'`,
      `SELECT * FROM read_parquet('s3://bucket/x')`,
      `SELECT * FROM read_json('https://127.0.0.1:9/x')`,
      `SELECT * FROM read_blob('/proc/self/environ')`,
      `SELECT * FROM parquet_schema('${parent}/secret.csv')`,
      `SELECT * FROM sniff_csv('${parent}/secret.csv')`,
      `SELECT getenv('HOME')`,
      `SELECT * FROM sqlite_scan('${parent}/x.db', 't')`,
      `SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 't')`,
    ]) {
      await expect(session.run(sql, 'try'), sql).rejects.toMatchObject({ name: 'BronzeError' });
    }
    expect(await readdir(parent)).toEqual(['own', 'secret.csv']);
    await session.run(`COPY (SELECT 1) TO '${session.outputFolder}/fine.csv'`, 'write');
  });

  it('takes its folder away when it closes', async () => {
    const folder = join(parent, 'own');
    await (await EngineSession.open({ folder, memoryLimitBytes }))[Symbol.asyncDispose]();
    expect(await readdir(parent)).toEqual([]);
  });

  it('reckons in UTC, whatever the zone of the machine', async () => {
    await using session = await EngineSession.open({ folder: join(parent, 'own'), memoryLimitBytes });
    const rows = await session.rows(`SELECT CAST(TIMESTAMPTZ '2026-01-01 00:30:00' AS VARCHAR)`, 'read');
    expect(rows).toEqual([['2026-01-01 00:30:00+00']]);
  });

  it('tells lack of memory from other failures, and quotes no data', async () => {
    await using session = await EngineSession.open({ folder: join(parent, 'own'), memoryLimitBytes });
    const greedy = `SELECT max(length(l)) FROM (SELECT list(repeat('x', 1000) || i) AS l FROM range(1000000) t(i))`;
    await expect(session.run(greedy, 'gather')).rejects.toMatchObject({ code: 'ENGINE_OUT_OF_MEMORY' });
    const failure = session.run(`SELECT CAST('secret-value' || '' AS INTEGER)`, 'cast');
    await expect(failure).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(failure).rejects.not.toThrow('secret-value');
    await expect(session.run('SELECT nothing', 'read')).rejects.toMatchObject({ code: 'PIPELINE_INVALID' });
  });
});
