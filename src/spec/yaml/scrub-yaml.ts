import type { z } from 'zod';
import { isReference } from '../document/interpolate.ts';
import { choice, leaf, named, section, text } from './yaml-leaves.ts';

function kept(description: string): z.ZodType<number> {
  return leaf({ type: 'integer', minimum: 0, description }, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? { ok: true, value }
      : { ok: false, expected: 'a whole number from 0' },
  );
}

const ruleYaml = section(
  {
    method: choice(['hash', 'mask', 'remove'], {
      description: 'hash: 64 hex digits of SHA-256, or of HMAC-SHA-256 with a key; mask: stars; remove: null.',
    }),
    keepFirst: kept('For mask: how many characters at the beginning stay. Default: 0.').optional(),
    keepLast: kept('For mask: how many characters at the end stay. Default: 0.').optional(),
  },
  { description: 'How the values of one field are made unreadable.' },
);

export const scrubYaml = section(
  {
    fields: named(ruleYaml, 'a map from field to its rule', {
      description: 'Fields (such as customer.email or contacts[].phone) that must not be stored as they came.',
    }),
    hmacKey: leaf(
      {
        type: 'string',
        description: 'Hash with HMAC-SHA-256 and this key: a reference to an environment variable of the worker.',
        examples: ['${PII_HASH_KEY}'],
      },
      (value) =>
        typeof value === 'string' && isReference(value)
          ? { ok: true, value }
          : { ok: false, expected: 'a reference without a default, such as ${PII_HASH_KEY}' },
    ).optional(),
    flagColumn: text({
      description: 'A boolean column: did one of the fields hold a value? Default: _pii_scrubbed.',
    }).optional(),
    rawValue: choice(['refuse', 'redact'], {
      description:
        'Metadata columns with the whole value or all headers: refuse (the default) makes the job invalid, redact makes them null.',
    }).optional(),
    deadLetters: choice(['redact', 'keep'], {
      description:
        'redact (the default) leaves key, value and headers out of dead letters, and puts a digest of the value into the message.',
    }).optional(),
  },
  { description: 'Personal data that must not be stored.' },
);
