import { z } from 'zod';
import { extraFieldsPolicies } from '../../model/job/job-spec.ts';
import { avroKeys, jsonSchemaKeys, protobufKeys } from './binary-parse-yaml.ts';
import { castFailureYaml } from './cast-failure-yaml.ts';
import { columns } from './columns-yaml.ts';
import { keyYaml } from './key-yaml.ts';
import { choice, section } from './yaml-leaves.ts';

const key = keyYaml.optional();
const onCastFailure = castFailureYaml(
  'What a value that does not fit its type does: make the record a dead letter (reject, the default), or a null.',
);

const rawYaml = section(
  { format: z.literal('raw').meta({ description: 'The bytes as they came.' }), key },
  { description: 'Nothing is parsed.' },
  // A job that says neither format nor schema is raw, so one that misspells its schema is as well.
  { otherKeys: ['schema'] },
);

const jsonYaml = section(
  {
    format: z.literal('json').meta({ description: 'One JSON object per record.' }),
    schema: columns({
      description: 'The columns to parse from a JSON object, in the order of the table.',
    }),
    onCastFailure,
    extraFields: choice(extraFieldsPolicies, {
      description:
        'Fields of the object that the schema does not name: left out (drop, the default), kept as JSON in the column _extra (keep), the record becomes a dead letter (reject), or they become columns of their own while the job runs (addColumns).',
    }).optional(),
    key,
  },
  { description: 'One column per field of a JSON object.' },
);

const avroYaml = section(
  { ...avroKeys, onCastFailure, key },
  { description: 'One column per field of an Avro record.' },
);

const protobufYaml = section(
  { ...protobufKeys, onCastFailure, key },
  { description: 'One column per field of a Protobuf message.' },
);

const jsonSchemaYaml = section(
  { ...jsonSchemaKeys, onCastFailure, key },
  { description: 'One column per property of a JSON Schema.' },
);

export const parseYaml = z
  .discriminatedUnion('format', [rawYaml, jsonYaml, avroYaml, jsonSchemaYaml, protobufYaml], {
    error: 'a map with format: raw, json, avro, protobuf or jsonSchema',
  })
  .meta({ description: 'From bytes to columns. Default: raw; json where a schema is given.' });
