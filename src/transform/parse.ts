import { planBinary } from '../decode/binary.ts';
import { planJson } from '../decode/json.ts';
import { planRaw } from '../decode/raw.ts';
import type { PipelineStep } from '../model/pipeline-step.ts';

/** Bytes to columns, by the decoder of the job's format. */
export const parseStep: PipelineStep = {
  name: 'parse',
  plan({ steps: { parse } }) {
    switch (parse.format) {
      case 'raw':
        return planRaw();
      case 'json':
        return planJson(parse);
      case 'avro':
      case 'protobuf':
      case 'jsonSchema':
        return planBinary(parse);
    }
  },
};
