import { z } from 'zod';
import { avroYaml, jsonSchemaYaml, protobufYaml } from './binary-parse-yaml.ts';
import { castFailureYaml } from './cast-failure-yaml.ts';
import { columns, columnType } from './columns-yaml.ts';
import { metadataContent } from './metadata-yaml.ts';
import { normalizeYaml } from './normalize-yaml.ts';
import { scrubYaml } from './scrub-yaml.ts';
import { validateYaml } from './validate-yaml.ts';
import { choice, named, section, text } from './yaml-leaves.ts';

const rawYaml = section(
  { format: z.literal('raw').meta({ description: 'The bytes as they came.' }) },
  { description: 'Nothing is parsed.' },
);

const jsonYaml = section(
  {
    format: z.literal('json').meta({ description: 'One JSON object per record.' }),
    schema: columns({
      description: 'The columns to parse from a JSON object, in the order of the table.',
    }),
    onCastFailure: castFailureYaml(
      'What a value that does not fit its type does: make the record a dead letter (reject, the default), or a null.',
    ),
    extraFields: choice(['drop', 'keep', 'reject'], {
      description:
        'Fields of the object that the schema does not name: left out (drop, the default), kept as JSON in the column _extra, or the record becomes a dead letter.',
    }).optional(),
  },
  { description: 'One column per field of a JSON object.' },
);

const parseYaml = z
  .discriminatedUnion('format', [rawYaml, jsonYaml, avroYaml, jsonSchemaYaml, protobufYaml], {
    error: 'a map with format: raw, json, avro, protobuf or jsonSchema',
  })
  .meta({ description: 'From bytes to columns. Default: raw; json where a schema is given.' });

const malformedYaml = section(
  {
    records: choice(['deadLetter', 'keep'], {
      description:
        'Records that do not parse: to the dead-letter table, or as a row with null columns and isValid false.',
    }),
    tombstones: choice(['deadLetter', 'drop', 'keep'], {
      description:
        'Records with a null value: to the dead-letter table, counted and dropped, or as a row with a null value.',
    }),
  },
  { description: 'What becomes of records that cannot be parsed.' },
);

const deriveYaml = section(
  {
    type: columnType({ description: "The column's type.", examples: ['date', 'int', 'string'] }),
    sql: text(
      { description: 'A DuckDB SQL expression over the columns that come before it.' },
      'a DuckDB SQL expression',
    ),
  },
  { description: 'A column that is computed.' },
);

export const stepsYaml = section(
  {
    parse: parseYaml,
    malformed: malformedYaml,
    metadata: named(metadataContent({ description: 'What the column holds.' }), 'a map from column to what it holds', {
      description: 'Columns from the Kafka record and the micro-batch: name to content.',
    }),
    validate: validateYaml.optional(),
    scrub: scrubYaml.optional(),
    normalize: normalizeYaml.optional(),
    derive: named(deriveYaml, 'a map from column to its type and sql', {
      description: 'Further columns by SQL expression: name to type and sql.',
    }),
  },
  { description: 'The steps from a Kafka record to a row. The columns stand in the order parse, metadata, derive.' },
);
