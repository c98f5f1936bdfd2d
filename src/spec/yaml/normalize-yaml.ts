import { textOperations } from '../../model/job/normalize-rule.ts';
import { castFailureYaml } from './cast-failure-yaml.ts';
import { choice, named, section, textList } from './yaml-leaves.ts';

const ruleYaml = section(
  {
    text: textList(
      {
        description: 'What is done to a text, always in this order: trim, lower, upper, emptyToNull.',
        examples: [['trim', 'lower']],
      },
      new RegExp(`^(${textOperations.join('|')})$`),
      `some of ${textOperations.join(', ')}, a list of them or one text with commas`,
    ).optional(),
    nullTokens: textList(
      { description: 'Texts that stand for null, compared after text was applied.', examples: [['n/a', 'none']] },
      /^/,
      'texts, a list of them or one text with commas',
    ).optional(),
    timestamp: choice(['milliseconds', 'iso8601', 'timestamp'], {
      description:
        'Read the field as a time (ISO 8601, or a number since the epoch), and store it as milliseconds since the epoch, as ISO 8601 text in UTC, or as a timestamp.',
    }).optional(),
    unit: choice(['auto', 'seconds', 'milliseconds', 'microseconds'], {
      description: 'What numbers count; auto (the default) tells it by their size.',
    }).optional(),
    onFailure: castFailureYaml(
      'A time that cannot be read: make the record a dead letter (reject, the default), or a null.',
    ).optional(),
  },
  { description: 'What becomes of one field.' },
);

export const normalizeYaml = named(ruleYaml, 'a map from field to its rule', {
  description: 'One form for texts and times: field (such as customer.email or contacts[].phone) to rule.',
});
