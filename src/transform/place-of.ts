import { BronzeError } from '../errors.ts';
import { findField, type FieldPlace } from '../model/job/field-path.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';

/** The place of a rule's field. `problem` says why a rule cannot be used on a type. Throws PIPELINE_INVALID. */
export function placeOf(
  spec: JobSpec,
  step: string,
  field: string,
  columns: readonly StructField[],
  problem: (type: DataType, place: FieldPlace) => string | undefined,
): FieldPlace {
  const place = findField(columns, field);
  const trouble = place === undefined ? 'there is no such field' : problem(place.type, place);
  if (place !== undefined && trouble === undefined) return place;
  throw new BronzeError('PIPELINE_INVALID', `job ${spec.name}: steps.${step}: ${field}: ${trouble ?? ''}`);
}
