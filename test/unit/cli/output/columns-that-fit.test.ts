import { expect, test } from 'vitest';
import { columnsThatFit } from '../../../../src/cli/output/columns-that-fit.ts';

const columns = [{ title: 'id' }, { title: 'text' }, { title: 'number' }, { title: 'last' }];
const rows = [['1', 'x'.repeat(60), '12.5', 'y'.repeat(60)]];

test('columns that would be too narrow to read are left out from the right, and counted', () => {
  expect(columnsThatFit(columns, rows, 40)).toEqual({ columns, rows, hidden: 0 });
  expect(columnsThatFit(columns, rows, 30)).toEqual({
    columns: columns.slice(0, 3),
    rows: [rows[0]!.slice(0, 3)],
    hidden: 1,
  });
});

test('nothing is left out of a file or a pipe, and the first column never', () => {
  expect(columnsThatFit(columns, rows, 0).hidden).toBe(0);
  expect(columnsThatFit(columns, rows, 1)).toMatchObject({ hidden: 0 });
});
