import { columnType } from './columns-yaml.ts';
import { deduplicateYaml } from './deduplicate-yaml.ts';
import { metadataContent } from './metadata-yaml.ts';
import { normalizeYaml } from './normalize-yaml.ts';
import { parseYaml } from './parse-yaml.ts';
import { scrubYaml } from './scrub-yaml.ts';
import { validateYaml } from './validate-yaml.ts';
import { choice, named, section, text } from './yaml-leaves.ts';

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
  { example: '{ type: double, sql: price * 2 }' },
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
    deduplicate: deduplicateYaml.optional(),
  },
  {
    description:
      'The steps from a Kafka record to a row. The columns stand in the order parse, metadata, validate, scrub, derive.',
  },
);
