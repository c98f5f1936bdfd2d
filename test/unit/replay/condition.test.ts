import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assertCondition } from '../../../src/replay/condition.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

async function problemOf(where: string): Promise<string | undefined> {
  try {
    await assertCondition(where, join(await scratchFolder(), 'condition'));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

test.for([
  `error_code = 'CAST_FAILED'`,
  `dead_lettered_at > now() - INTERVAL 1 DAY AND topic LIKE 'gps%' -- of yesterday`,
  `octet_length(value) < 1000 OR headers IS NULL`,
])('%s is a condition', async (where) => {
  expect(await problemOf(where)).toBeUndefined();
});

test.for([
  ['eror_code = 1', /error_code/],
  [`true); COPY (SELECT 1) TO 'x'; SELECT (1`, /SELECT/],
  ['true); SELECT (true', /one SQL expression/],
  [`(SELECT count(*) FROM read_text('/etc/hostname')) > 0`, /subquery/],
  ['', /syntax error|expected/],
] as const)('%s is refused', async ([where, problem]) => {
  expect(await problemOf(where)).toMatch(problem);
});
