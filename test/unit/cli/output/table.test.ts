import { describe, expect, test } from 'vitest';
import { renderTable } from '../../../../src/cli/output/table.ts';
import { cutToWidth, textWidth, visible } from '../../../../src/cli/output/text-width.ts';

const columns = [{ title: 'name' }, { title: 'count', align: 'right' }] as const;

describe('a table', () => {
  test('aligns its columns and ends no line with blanks', () => {
    const rows = [
      ['a', '1'],
      ['longer', '1,000'],
    ];
    expect(renderTable(columns, rows, { maxWidth: 0 }).split('\n')).toEqual([
      'name    count',
      'a           1',
      'longer  1,000',
    ]);
  });

  test('leaves out an optional column without a value', () => {
    const optional = [{ title: 'a' }, { title: 'b', optional: true }, { title: 'c', optional: true }, { title: 'd' }];
    expect(
      renderTable(
        optional,
        [
          ['1', '', '', '4'],
          ['5', '', '7', ''],
        ],
        { maxWidth: 0 },
      ).split('\n'),
    ).toEqual(['a  c  d', '1     4', '5  7']);
  });

  test('is never wider than the bound, and cuts the widest columns first', () => {
    const rows = [['x'.repeat(50), '1', 'y'.repeat(30)]];
    const lines = renderTable([...columns, { title: 'other' }], rows, { maxWidth: 40 }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines[1]).toMatch(/^x+… {6}1 {2}y+…$/);
  });

  test('counts wide characters as two columns', () => {
    expect(textWidth('東京')).toBe(4);
    expect(textWidth('\u001b[1mbold\u001b[22m')).toBe(4);
    expect(cutToWidth('東京タワー', 5)).toBe('東京…');
    expect(renderTable([{ title: 'a' }, { title: 'b' }], [['東', 'x']], { maxWidth: 0 })).toBe('a   b\n東  x');
  });

  test('shows control characters instead of obeying them', () => {
    expect(visible('a\nb\u001b[31mc\u0000')).toBe('a\\nb\\u001b[31mc\\u0000');
  });
});
