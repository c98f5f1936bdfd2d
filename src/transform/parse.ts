import { planBinary } from '../decode/binary.ts';
import { planJson } from '../decode/json.ts';
import { planRaw } from '../decode/raw.ts';
import { schemaEvolutionOf, type ExtraFields, type ParseStep, type SchemaEvolution } from '../model/job/job-spec.ts';
import type { PipelineStep } from '../model/pipeline/pipeline-step.ts';

/** Bytes to columns, by the decoder of the job's format. */
export const parseStep: PipelineStep = {
  name: 'parse',
  plan({ steps: { parse }, table }) {
    switch (parse.format) {
      case 'raw':
        return planRaw();
      case 'json':
        return planJson({ ...parse, extraFields: extraFieldsOf(parse, schemaEvolutionOf({ table })) });
      case 'avro':
      case 'protobuf':
      case 'jsonSchema':
        return planBinary(parse);
    }
  },
};

/** Columns are added only to a table that may get some. */
function extraFieldsOf(
  { extraFields = 'drop' }: Extract<ParseStep, { format: 'json' }>,
  evolution: SchemaEvolution,
): ExtraFields {
  if (extraFields !== 'addColumns') return extraFields;
  switch (evolution) {
    case 'addColumns':
      return 'addColumns';
    case 'none':
      return 'drop';
    case 'strict':
      return 'reject';
  }
}
