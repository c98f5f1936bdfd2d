import { describe, expect, it } from 'vitest';
import { checkJobText } from '../../../src/spec/parse-job.ts';
import { formatProblem } from '../../../src/spec/document/spec-problem.ts';

function problemsOf(text: string): string[] {
  const verdict = checkJobText(text, { fileName: 'jobs/gps.yaml', env: {}, workingFolder: '/work-folder' });
  return verdict.ok ? [] : verdict.problems.map(formatProblem);
}

const typeExpected = 'expected a type such as string, or a map: a struct of its fields';
const positionExpected =
  'expected earliest, latest, a timestamp (ISO 8601, or milliseconds since the epoch), or offsets per topic and partition such as {"trips":{"0":23,"1":"latest"}}';
const triggerExpected =
  'expected availableNow, or a duration up to 7 days such as 10 seconds, 1 minute, 500ms or PT10S';
const sizeExpected = 'expected a size above 0 such as 256 MiB, 64mb, 1g or a number of bytes';
const serversExpected = 'expected host:port, a list of them or one text with commas';
const topicsExpected = 'expected names of topics, a list of them or one text with commas';
const pathExpected = 'expected a folder, a file:// URL or an s3:// URL with a bucket';

/** Each text is the whole file, but for `source: { topics: a }` on its first line, unless it begins with `source`. */
function withSource(text: string): string {
  return text.startsWith('source') || text.startsWith('!') ? text.replace(/^!/, '') : `source: { topics: a }\n${text}`;
}

describe('what a job file says wrong', () => {
  it.each<[about: string, text: string, ...problems: string[]]>([
    // syntax
    ['no map', '![1, 2]', 'expected a job: a map with the keys source, steps, table, …'],
    ['empty', '!', 'expected a job: a map with the keys source, steps, table, …'],
    ['a key twice', 'trigger: 1 s\ntrigger: 2 s', '3:1 trigger is there twice in one map (YAML: DUPLICATE_KEY)'],
    ['a tab', 'table:\n\tpath: x', '3:1 Tabs are not allowed as indentation (YAML: TAB_AS_INDENT)'],
    ['an alias of nothing', 'trigger: *x', 'Unresolved alias (the anchor must be set before the alias): x'],
    [
      'a bare reference in a flow map',
      'table: { path: ${LAKE}/t }',
      '2:17 Unexpected flow-map-start at node end; inside { } and [ ] put quotes around "${…}" (YAML: UNEXPECTED_TOKEN)',
    ],
    // keys
    ['an unknown key', 'tabel: {}', '2:1 tabel: unknown key; did you mean table?'],
    [
      'an unknown key within',
      'table: { partitonBy: [] }',
      '2:10 table.partitonBy: unknown key; did you mean partitionBy?',
    ],
    [
      'an unknown key like no other',
      'deadLetter: { path: x, zzzzzz: 1 }',
      '2:24 deadLetter.zzzzzz: unknown key; expected one of path',
    ],
    [
      'names that JavaScript has taken',
      'steps: { metadata: { __proto__: offset, o: offset }, derive: { __proto__: { type: int, sql: "1" } } }',
      '2:33 steps.metadata.__proto__: __proto__ cannot be a name; choose another one',
      '2:64 steps.derive.__proto__: __proto__ cannot be a name; choose another one',
    ],
    [
      'such a name within a schema',
      'steps: { parse: { format: json, schema: { a: { __proto__: string } } } }',
      '2:59 steps.parse.schema.a.__proto__: __proto__ cannot be a name; choose another one',
    ],
    ['such a key of the job', '__proto__: {}', '2:1 __proto__: __proto__ cannot be a name; choose another one'],
    [
      'a misspelt schema of a job that does not name its format',
      'steps: { parse: { shcema: { a: int } } }',
      '2:19 steps.parse.shcema: unknown key; did you mean schema?',
    ],
    [
      'a schema where nothing is parsed',
      'steps: { parse: { format: raw, schema: { a: int } } }',
      '2:32 steps.parse.schema: unknown key; expected one of format, key',
    ],
    [
      'an unquoted comma in SQL in a flow map',
      'steps: { derive: { d: { type: string, sql: left(_raw_value, 3) } } }',
      '2:61 steps.derive.d["3)"]: is the rest of a text with a comma; inside { } and [ ] put quotes around such a text',
    ],
    [
      'SQL without a type',
      'steps: { derive: { d: 1 + 1 } }',
      '2:23 steps.derive.d: "1 + 1"; expected a map with the keys type, sql, such as { type: double, sql: price * 2 }',
    ],
    [
      'an empty section',
      'steps:',
      '2:7 steps: missing; expected a map with the keys parse, malformed, metadata, validate, scrub, normalize, derive, deduplicate',
    ],
    ['a missing key', 'deadLetter: {}', '2:1 deadLetter.path: missing; expected a path'],
    // name, trigger, flags
    [
      'a bad name',
      'name: GPS/1',
      '2:7 name: "GPS/1"; expected gps, the name of the file',
      '2:7 name: "GPS/1"; expected small letters, digits, dots, hyphens and underscores, beginning with a letter or digit',
    ],
    ['no duration', 'trigger: 10', `2:10 trigger: 10; ${triggerExpected}`],
    ['no time at all', 'trigger: 0 seconds', `2:10 trigger: "0 seconds"; ${triggerExpected}`],
    ['a very long time', 'trigger: 8 days', `2:10 trigger: "8 days"; ${triggerExpected}`],
    ['no flag', 'withMetrics: yes', '2:14 withMetrics: "yes"; expected true or false'],
    [
      'an unset variable',
      'checkpointPath: ${C}',
      '2:17 checkpointPath: the environment variable C is not set; set it, or write ${C:-default}',
    ],
    // source
    [
      'no topics',
      '!trigger: 1 s',
      '1:1 source.topics: missing; expected topics or topicPattern, or KAFKA_TOPIC in the environment',
    ],
    [
      'two kinds of topics',
      'source: { topics: a, topicPattern: b }',
      '1:36 source.topicPattern: topics and topicPattern exclude each other; keep one of them',
    ],
    [
      'a topic twice',
      'source: { topics: "a, a" }\ntable: { path: "{topic}" }',
      '1:19 source.topics: the topic a is there twice',
    ],
    ['a bad topic', 'source: { topics: [a/b] }', `1:11 source.topics: ["a/b"]; ${topicsExpected}; "a/b" is none`],
    ['no topic', 'source: { topics: [] }', `1:11 source.topics: []; ${topicsExpected}`],
    [
      'a bad pattern',
      'source: { topicPattern: "a(" }',
      '1:25 source.topicPattern: "a("; expected a regular expression',
    ],
    [
      'a server without port',
      'source: { topics: a, bootstrapServers: kafka }',
      `1:40 source.bootstrapServers: "kafka"; ${serversExpected}; "kafka" is none`,
    ],
    [
      'a bad position',
      'source: { topics: a, startingOffsets: newest }',
      `1:39 source.startingOffsets: "newest"; ${positionExpected}`,
    ],
    [
      'offsets of a foreign topic',
      'source: { topics: trips, startingOffsets: { trisp: { 0: 1 } } }',
      "1:26 source.startingOffsets: has offsets of trisp, which is none of the job's topics; did you mean trips?",
    ],
    [
      'offsets of a topic beside the pattern',
      `source: { topicPattern: a.*, startingOffsets: '{"ba":{"0":1}}' }`,
      "1:47 source.startingOffsets: has offsets of ba, which is none of the job's topics",
    ],
    [
      'a bad level',
      'source: { topics: a, isolationLevel: committed }',
      '1:38 source.isolationLevel: "committed"; expected one of read_committed, read_uncommitted',
    ],
    [
      'a bad count',
      'source: { topics: a, maxOffsetsPerTrigger: 0 }',
      '1:44 source.maxOffsetsPerTrigger: 0; expected a whole number above 0',
    ],
    [
      'a bad size',
      'source: { topics: a, maxBytesPerTrigger: much }',
      `1:42 source.maxBytesPerTrigger: "much"; ${sizeExpected}`,
    ],
    [
      'a secret in the file, which the message does not repeat',
      'source:\n  topics: a\n  security: { sasl: { mechanism: PLAIN, username: "${U:-root}", password: hunter2 } }',
      '3:51 source.security.sasl.username: expected a reference such as ${KAFKA_PASSWORD}, never the secret itself',
      '3:75 source.security.sasl.password: expected a reference such as ${KAFKA_PASSWORD}, never the secret itself',
    ],
    [
      'security of another kind',
      'source: { topics: a, security: { sasl: hunter2 } }',
      '1:40 source.security.sasl: expected a map with the keys mechanism, username, password',
    ],
    // steps
    [
      'an unknown format',
      'steps: { parse: { format: xml } }',
      '2:27 steps.parse.format: "xml"; expected a map with format: raw, json, avro, protobuf or jsonSchema',
    ],
    [
      'a schema of nothing',
      'steps: { parse: { format: raw, schema: { a: int } } }',
      '2:32 steps.parse.schema: unknown key; expected one of format, key',
    ],
    [
      'json without schema',
      'steps: { parse: { format: json } }',
      '2:10 steps.parse.schema: missing; expected a map from column to type, with at least one column',
    ],
    [
      'a bad type',
      'steps: { parse: { schema: { a: { b: strng } } } }',
      '2:37 steps.parse.schema.a.b: "strng"; expected string, not strng, at character 1',
    ],
    ['no type', 'steps: { parse: { schema: { a: } } }', `2:32 steps.parse.schema.a: null; ${typeExpected}`],
    [
      'a bad schema text',
      'steps: { parse: { schema: "a int b" } }',
      '2:27 steps.parse.schema: "a int b"; expected the end of the type at character 7',
    ],
    [
      'a column named by a number',
      'steps: { parse: { schema: { 1: int } } }',
      `2:32 steps.parse.schema.1: "int"; expected a name that is no number, or schema as one text in Spark's DDL`,
    ],
    [
      'an unquoted comma in a flow map',
      'steps: { parse: { schema: { a: decimal(38,18) } } }',
      `2:32 steps.parse.schema.a: "decimal(38"; expected \`,\` or \`)\` of a decimal (inside { } or [ ] quote a type with a comma) at character 11`,
      '2:43 steps.parse.schema["18)"]: is the rest of a text with a comma; inside { } and [ ] put quotes around such a text',
    ],
    [
      'a bad choice on cast failure',
      'steps: { parse: { schema: { a: int }, onCastFailure: drop } }',
      '2:54 steps.parse.onCastFailure: "drop"; expected one of reject, null',
    ],
    [
      'a map with other keys than texts',
      'steps: { parse: { schema: { a: "map<int,int>" } } }',
      '2:32 steps.parse.schema.a: map<int, int>; expected string keys, the only ones that JSON has',
    ],
    [
      'a column twice',
      'steps: { parse: { schema: { a: int } }, metadata: { A: topic } }',
      '2:56 steps.metadata.A: the column A is there twice (as a; case makes no difference)',
    ],
    [
      'a field twice',
      'steps: { parse: { schema: { s: "struct<a: int, a: int>" } } }',
      '2:29 steps.parse.schema.s.a: the column a is there twice',
    ],
    [
      'a name that cannot be stored',
      'steps: { metadata: { "a b": topic } }',
      '2:29 steps.metadata["a b"]: "a b" is no name for a column; expected one without spaces and without , ; { } ( ) =',
    ],
    [
      'no columns',
      'steps: { metadata: {} }',
      '2:10 steps.metadata: the table has no columns; give it some here or in steps.parse',
    ],
    [
      'a bad content',
      'steps: { metadata: { a: offsets } }',
      '2:25 steps.metadata.a: "offsets"; expected one of value, valueBytes, key, keyBytes, headers, headersMap, topic, partition, offset, timestamp, timestampType, leaderEpoch, schemaId, keySchemaId, ingestedAt, ingestionDate, ingestionHour, isValid, rowHash, job, batch, header.<name>, headerBytes.<name>; did you mean offset?',
    ],
    [
      'a key of a format that there is none of',
      'steps: { parse: { key: { format: uuid } } }',
      '2:34 steps.parse.key.format: "uuid"; expected a map with format: json, avro, protobuf, jsonSchema, string, long, int, short, double, float, boolean',
    ],
    [
      'a key in JSON without its fields',
      'steps: { parse: { key: { format: json } } }',
      '2:19 steps.parse.key: json needs a schema (of an object) or a type (of a single value)',
    ],
    [
      'a key without the field that a column is to hold',
      'steps: { parse: { key: { format: json, schema: { a: int }, as: { x: b } } } }',
      '2:69 steps.parse.key.as.x: the key has no field b',
    ],
    [
      'a column of the key that is there already',
      'steps: { parse: { schema: { id: int }, key: { format: long, as: ID } } }',
      '2:65 steps.parse.key.as: the column ID is there twice (as id; case makes no difference)',
    ],
    [
      'a scrubbed job with the whole value in a column',
      'steps: { parse: { schema: { n: string } }, scrub: { fields: { n: { method: hash } } } }',
      '2:44 steps.scrub: _raw_value would hold what is scrubbed; leave it out of steps.metadata, or say rawValue: redact to make it null',
    ],
    [
      'a key to hash with that is no reference',
      'steps: { parse: { schema: { n: string } }, scrub: { rawValue: redact, hmacKey: abc, fields: {} } }',
      '2:80 steps.scrub.hmacKey: expected a reference without a default, such as ${PII_HASH_KEY}',
    ],
    [
      'a mask that hashes',
      'steps: { parse: { schema: { n: string } }, scrub: { rawValue: redact, fields: { n: { method: hash, keepLast: 4 } } } }',
      '2:81 steps.scrub.fields.n: keepFirst and keepLast are for mask, not for hash',
    ],
    [
      'a rule that checks nothing',
      'steps: { parse: { schema: { n: int } }, validate: { rules: { r: { field: n } } } }',
      '2:62 steps.validate.rules.r: checks nothing; expected required, min, max, … beside field',
    ],
    [
      'a rule with a bound of another type',
      'steps: { parse: { schema: { n: int } }, validate: { rules: { r: { field: n, min: 0.5 } } } }',
      '2:62 steps.validate.rules.r: 0.5 is no bound for the field; expected a whole number',
    ],
    [
      'a rule in SQL with a field',
      'steps: { parse: { schema: { n: int } }, validate: { rules: { r: { field: n, sql: n > 1 } } } }',
      '2:82 steps.validate.rules.r.sql: stands alone: without field and checks',
    ],
    [
      'a rule for a field that is not there',
      'steps: { parse: { schema: { name: string } }, normalize: { nane: { text: trim } } }',
      '2:60 steps.normalize.nane: there is no field nane; did you mean name?',
    ],
    [
      'a rule that its field cannot have',
      'steps: { parse: { schema: { n: int } }, normalize: { n: { text: trim } } }',
      '2:54 steps.normalize.n: text and nullTokens are for strings',
    ],
    [
      'an unknown operation on text',
      'steps: { parse: { schema: { n: string } }, normalize: { n: { text: [trim, snip] } } }',
      '2:62 steps.normalize.n.text: ["trim","snip"]; expected some of trim, lower, upper, emptyToNull, a list of them or one text with commas; "snip" is none',
    ],
    [
      'a derived column without sql',
      'steps: { derive: { a: { type: int } } }',
      '2:20 steps.derive.a.sql: missing; expected a DuckDB SQL expression',
    ],
    [
      'a derived column of no type',
      'steps: { derive: { a: { type: 5, sql: x } } }',
      '2:31 steps.derive.a.type: 5; expected a type such as date, int or string',
    ],
    [
      'what becomes of malformed records',
      'steps: { malformed: { tombstones: ignore } }',
      '2:35 steps.malformed.tombstones: "ignore"; expected one of deadLetter, drop, keep',
    ],
    // table
    [
      'an unknown partition column',
      'table: { partitionBy: [_ingestion_dat] }',
      '2:10 table.partitionBy: _ingestion_dat is no column of the table; did you mean _ingestion_date?',
    ],
    [
      'a partition column twice',
      'table: { partitionBy: [_ingestion_date, _ingestion_date] }',
      '2:10 table.partitionBy: _ingestion_date is there twice',
    ],
    [
      'a nested partition column',
      'steps: { parse: { schema: { a: array<int> } } }\ntable: { partitionBy: [a] }',
      '3:10 table.partitionBy: a is of type array<int>, which cannot be a partition value',
    ],
    [
      'a partition column of floats',
      'steps: { parse: { schema: { a: double } } }\ntable: { partitionBy: [a] }',
      '3:10 table.partitionBy: a is of type double, which cannot be a partition value',
    ],
    [
      'nothing but partition columns',
      'steps: { metadata: { a: topic } }\ntable: { partitionBy: a }',
      '3:23 table.partitionBy: all columns are partition columns; the data files would be empty',
    ],
    [
      'several topics and one path',
      'source: { topics: [a, b] }\ntable: { path: lake/t }',
      '2:16 table.path: several topics would write to one table; put {topic} into the path, or set table.sharedByTopics: true',
    ],
    [
      'a pattern and one path',
      'source: { topicPattern: a.* }\ntable: { path: lake/t }',
      '2:16 table.path: several topics would write to one table; put {topic} into the path, or set table.sharedByTopics: true',
    ],
    [
      'a shared table that does not tell topics apart',
      'source: { topics: [a, b] }\ntable: { path: lake/t, sharedByTopics: true }',
      '2:40 table.sharedByTopics: needs a column with the topic, such as steps.metadata: { _kafka_topic: topic }',
    ],
    [
      'a shared table for each topic',
      'steps: { metadata: { t: topic } }\ntable: { sharedByTopics: true }',
      '3:26 table.sharedByTopics: {topic} in table.path gives each topic a table of its own; keep one of the two',
    ],
    ['a path of another kind', 'table: { path: "hdfs://x/y" }', `2:16 table.path: "hdfs://x/y"; ${pathExpected}`],
    ['a bucket without name', 'table: { path: "s3:///y" }', `2:16 table.path: "s3:///y"; ${pathExpected}`],
    [
      'a placeholder that stands for nothing',
      'table: { path: "lake/{date}" }',
      '2:16 table.path: {date} stands for nothing; only {topic} does',
    ],
    [
      'dead letters in the table',
      'table: { path: lake/a }\ndeadLetter: { path: lake/a/ }',
      '3:21 deadLetter.path: /work-folder/lake/a is the same folder as the table /work-folder/lake/a; give it a folder of its own',
    ],
    [
      'dead letters within the table',
      'table: { path: "lake/{topic}" }\ndeadLetter: { path: "lake/a/dlq" }',
      '3:21 deadLetter.path: /work-folder/lake/a/dlq is in one folder tree with the table /work-folder/lake/a; give it a folder of its own',
    ],
    [
      'a property of a feature',
      'table: { properties: { delta.enableChangeDataFeed: true } }',
      '2:52 table.properties["delta.enableChangeDataFeed"]: asks for a table feature that is not written; leave it out',
    ],
    [
      'a property that forgets offsets',
      'table: { properties: { delta.setTransactionRetentionDuration: 7 days } }',
      '2:63 table.properties["delta.setTransactionRetentionDuration"]: would let the table forget how far it has read; leave it out',
    ],
    [
      'a misspelt property',
      'table: { properties: { delta.logRetentionDurations: 60 days, delta.AppendOnly: true, delta.noEngineOfOurs: 1 } }',
      '2:53 table.properties["delta.logRetentionDurations"]: is no property of Delta tables, and nobody would go by it; did you mean delta.logRetentionDuration?',
      '2:80 table.properties["delta.AppendOnly"]: is no property of Delta tables, and nobody would go by it; did you mean delta.appendOnly?',
    ],
    [
      'folders of partition values without any',
      'table: { properties: { kafkaBronze.partitionFolders: hive }, partitionBy: [] }',
      '2:54 table.properties["kafkaBronze.partitionFolders"]: needs table.partitionBy',
    ],
    [
      'folders of partition values that readers would pass over',
      'table: { properties: { kafkaBronze.partitionFolders: hive } }',
      '2:54 table.properties["kafkaBronze.partitionFolders"]: readers pass over folders that begin like the column _ingestion_date',
    ],
    [
      'folders of another kind',
      'table: { properties: { kafkaBronze.partitionFolders: flat } }',
      '2:54 table.properties["kafkaBronze.partitionFolders"]: "flat"; expected `hive`',
    ],
    [
      'a property of no simple value',
      'table: { properties: { a: [1] } }',
      '2:24 table.properties.a: [1]; expected a text, a number, true or false',
    ],
    ['a bad file size', 'table: { targetFileSize: 0 }', `2:26 table.targetFileSize: 0; ${sizeExpected}`],
  ])('%s', (_about, text, ...problems) => {
    expect(problemsOf(withSource(text))).toEqual(problems);
  });

  it('is all said at once, in the order of the file', () => {
    const problems = problemsOf(
      'source: { topics: [a, b] }\ntable: { path: lake/t, partitionBy: [x] }\ntrigger: never\nname: gps\nnam: x',
    );
    expect(problems.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      '2:16 table.path:',
      '2:24 table.partitionBy:',
      '3:10 trigger:',
      '5:1 nam:',
    ]);
  });

  it.each([
    ['dead letters of several topics in one table', 'source: { topics: [a, b] }\ndeadLetter: { path: lake/dlq }'],
    [
      'several topics in one table',
      'source: { topics: [a, b] }\nsteps: { metadata: { t: topic, o: offset } }\ntable: { path: lake/t, sharedByTopics: true }',
    ],
    [
      'a required column and kept records',
      'steps: { parse: { schema: { a: int not null } }, malformed: { records: keep } }',
    ],
    ['a feature that is off', 'table: { properties: { delta.enableChangeDataFeed: false } }'],
    ["Spark's numbers for earliest and latest", 'source: { topics: a, startingOffsets: \'{"a":{"0":-2,"1":-1}}\' }'],
  ])('does not mind %s', (_about, text) => {
    expect(problemsOf(withSource(text))).toEqual([]);
  });
});
