import { describe, expect, test } from 'vitest';
import { createTableDdl, registrationDdl } from '../../../../src/lake/table/table-ddl.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';

const onS3 = { name: 'gps', root: 's3://lake/bronze/gps' };

describe('registration', () => {
  test.for([
    ['spark', "CREATE TABLE IF NOT EXISTS `gps` USING DELTA LOCATION 's3a://lake/bronze/gps';"],
    [
      'trino',
      "CALL system.register_table(schema_name => 'default', table_name => 'gps', table_location => 's3://lake/bronze/gps');",
    ],
    [
      'duckdb',
      `INSTALL delta;\nLOAD delta;\nCREATE OR REPLACE VIEW "gps" AS SELECT * FROM delta_scan('s3://lake/bronze/gps');`,
    ],
    [
      'athena',
      "CREATE EXTERNAL TABLE IF NOT EXISTS `gps`\nLOCATION 's3://lake/bronze/gps/'\nTBLPROPERTIES ('table_type' = 'DELTA');",
    ],
  ] as const)('in the SQL of %s', ([dialect, sql]) => {
    expect(registrationDdl(dialect, onS3)).toBe(sql);
  });

  test('of a folder names it as a URL', () => {
    expect(registrationDdl('spark', { name: 'gps', root: '/my lake/gps' })).toContain(
      "LOCATION 'file:///my%20lake/gps'",
    );
  });

  test('into a schema of the catalogue', () => {
    expect(registrationDdl('spark', { ...onS3, catalogSchema: 'bronze' })).toContain('`bronze`.`gps`');
    expect(registrationDdl('trino', { ...onS3, catalogSchema: 'bronze' })).toContain("schema_name => 'bronze'");
  });

  test('with Athena takes a table on S3', () => {
    expect(() => registrationDdl('athena', { name: 'gps', root: '/lake/gps' })).toThrow(
      'Athena reads tables on S3 alone',
    );
  });

  test('quotes names and texts as the engine does', () => {
    const odd = { name: 'a`b"c', root: "s3://lake/it's" };
    expect(registrationDdl('spark', odd)).toBe(
      "CREATE TABLE IF NOT EXISTS `a``b\"c` USING DELTA LOCATION 's3a://lake/it\\'s';",
    );
    expect(registrationDdl('duckdb', odd)).toContain(`VIEW "a\`b""c" AS SELECT * FROM delta_scan('s3://lake/it''s')`);
  });
});

test('a new table has its columns, partition columns, comment and properties', () => {
  const schema = struct(
    field('id', 'long', false),
    field('price', 'decimal(38,18)'),
    field('tags', { type: 'array', elementType: 'string', containsNull: true }),
    field('at', { type: 'map', keyType: 'string', valueType: struct(field('x y', 'short')), valueContainsNull: true }),
    field('day', 'date'),
  );
  const ddl = createTableDdl({
    ...onS3,
    schema,
    partitionColumns: ['day'],
    properties: { 'delta.appendOnly': 'true' },
    description: "Mario's",
  });
  expect(ddl).toBe(`CREATE TABLE \`gps\` (
  \`id\` BIGINT NOT NULL,
  \`price\` DECIMAL(38,18),
  \`tags\` ARRAY<STRING>,
  \`at\` MAP<STRING, STRUCT<\`x y\`: SMALLINT>>,
  \`day\` DATE
)
USING DELTA
PARTITIONED BY (\`day\`)
LOCATION 's3a://lake/bronze/gps'
COMMENT 'Mario\\'s'
TBLPROPERTIES (
  'delta.appendOnly' = 'true'
);`);
});
