import { exampleDay, exampleInstant } from './infer-scalar.ts';
import type { InferredField } from './inferred-field.ts';

import type { EventDate } from './job-columns.ts';
import { key } from './yaml-text.ts';

/** Enough to see that a record becomes the row that is meant. */
const mostExpected = 6;

/** A test with a record that was made up: nothing of the sample is in it. */
export function testLines(fields: readonly InferredField[], eventDate: EventDate | undefined): readonly string[] {
  const expected = fields
    .filter(({ type, example }) => typeof type === 'string' && example !== null)
    .slice(0, mostExpected)
    .map(({ name, example, epochUnit }): [string, unknown] => [
      name,
      epochUnit === undefined ? example : exampleInstant,
    ]);
  if (eventDate !== undefined) expected.push([eventDate.column, exampleDay]);
  return [
    'tests:',
    '  - name: a made-up record becomes a row',
    `    ingestedAt: ${exampleInstant}`,
    '    records:',
    '      - value:',
    ...fields.map(({ name, example }) => `          ${key(name)}: ${JSON.stringify(example)}`),
    '    expect:',
    '      rows:',
    ...(expected.length === 0
      ? ['        - {}']
      : expected.map(([name, value], index) => {
          return `        ${index === 0 ? '- ' : '  '}${key(name)}: ${JSON.stringify(value)}`;
        })),
  ];
}
