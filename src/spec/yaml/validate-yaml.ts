import type { z } from 'zod';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { ruleActions, validationTypes, valueFormats, type ValidationContent } from '../../model/job/validation-rule.ts';
import { choice, flag, leaf, named, section, text } from './yaml-leaves.ts';

const contents = Object.keys(validationTypes).filter((name): name is ValidationContent =>
  Object.hasOwn(validationTypes, name),
);

function bound(description: string): z.ZodType<string> {
  return leaf({ type: ['number', 'string'], description }, (value) =>
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
      ? { ok: true, value: String(value) }
      : { ok: false, expected: 'a number, or a date or time in ISO 8601' },
  );
}

function length(description: string): z.ZodType<number> {
  return leaf({ type: 'integer', minimum: 0, description }, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? { ok: true, value }
      : { ok: false, expected: 'a whole number from 0' },
  );
}

const allowedValues = leaf(
  {
    type: 'array',
    items: { type: ['string', 'number', 'boolean'] },
    minItems: 1,
    description: 'The values that are allowed.',
  },
  (value): Parsed<readonly string[]> => {
    const items: unknown[] = Array.isArray(value) ? value : [];
    const isScalar = (item: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof item);
    return items.length > 0 && items.every(isScalar)
      ? { ok: true, value: items.map(String) }
      : { ok: false, expected: 'a list of texts, numbers or booleans' };
  },
);

const ruleYaml = section(
  {
    field: text({ description: 'The field that is checked, such as customer.email or contacts[].phone.' }).optional(),
    required: flag({ description: 'The field must not be null; the other checks let null pass.' }).optional(),
    min: bound('The least value.').optional(),
    max: bound('The greatest value.').optional(),
    minLength: length('The least length of a text, an array or a map.').optional(),
    maxLength: length('The greatest length of a text, an array or a map.').optional(),
    pattern: text({ description: 'A regular expression (RE2) that the whole text must match.' }).optional(),
    format: choice(valueFormats, { description: 'What the text must be.' }).optional(),
    oneOf: allowedValues.optional(),
    sql: text({
      description: 'Instead of a field: a DuckDB SQL expression that must not be false.',
      examples: ['ends_at >= starts_at'],
    }).optional(),
    onFailure: choice(ruleActions, {
      description:
        'reject (the default) makes the record a dead letter; flag only says so in the validation columns; drop leaves the record out, counted and with its offset in the commit.',
    }).optional(),
  },
  { description: 'What must hold for a record.' },
);

export const validateYaml = section(
  {
    rules: named(ruleYaml, 'a map from the name of a rule to the rule', { description: 'The rules: name to rule.' }),
    columns: named(
      choice(contents, { description: 'What the column holds.' }),
      'a map from column to one of status, score, failures',
      {
        description:
          'Columns that tell what came of the rules: status, score, failures. Default: validation_status and validation_score.',
      },
    ).optional(),
  },
  { description: 'Rules that records must obey.' },
);
