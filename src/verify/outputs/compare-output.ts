import type { LakeSession } from '../../lake/lake-session.ts';
import { quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { DifferenceKind } from '../verify-report.ts';
import { readCount, type Expectation } from './expectation.ts';

/** How the table of an output differs from what it must hold. */
export interface OutputComparison {
  readonly rows: number;
  readonly expectedRows: number;
  readonly differences: number;
  /** Rows that differ, and of which nobody can say what they must be. */
  readonly doubtful: number;
  /** The first of the differences. */
  readonly told: readonly ToldDifference[];
}

export interface ToldDifference {
  readonly kind: DifferenceKind;
  /** Names the row by its key. */
  readonly row: string;
  readonly expected: string;
  readonly found: string;
}

/** Longer values are cut in what is told. */
const mostLetters = 60;

/** Compares `verify_expected` with the view of the output's table, row by row. */
export async function compareOutput(
  session: LakeSession,
  view: string,
  { keys, values }: Expectation,
  room: number,
): Promise<OutputComparison> {
  const actual =
    `SELECT ${[...keys.map(({ sql }, i) => `${sql} AS k${i}`), ...values.map(({ sql }, i) => `${sql} AS a${i}`)].join(', ')}, ` +
    `true AS is_there FROM ${quoteIdentifier(view)}`;
  const k = keys.map((_, position) => `k${position}`);
  const isSame = k.map((name) => `e.${name} IS NOT DISTINCT FROM a.${name}`).join(' AND ');
  const wrong = values.map(({ hasTolerance }, position) => differsSql(position, hasTolerance));
  const key = keys.map(({ name }, position) => textSql(name, `coalesce(e.k${position}, a.k${position})`));
  const texts = (side: 'e' | 'a'): string =>
    `concat_ws(', ', ${values.map(({ name }, i) => `CASE WHEN ${wrong[i] ?? 'false'} THEN ${textSql(name, `${side}.${side}${i}`)} END`).join(', ')})`;
  const kind =
    "CASE WHEN a.is_there IS NULL THEN 'outputRowMissing' " +
    "WHEN e.is_gone IS NULL OR e.is_gone THEN 'outputRowUnexpected' ELSE 'outputRowWrong' END";
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_found AS
     SELECT ${kind} AS kind, concat_ws(' ', ${key.join(', ')}) AS row, ${texts('e')} AS expected, ${texts('a')} AS found,
       coalesce(e.is_doubtful, false) AS is_doubtful
     FROM verify_expected AS e FULL JOIN (${actual}) AS a ON ${isSame}
     WHERE (a.is_there IS NULL AND NOT e.is_gone) OR (a.is_there AND (e.is_gone IS NULL OR e.is_gone))
       OR (a.is_there AND NOT e.is_gone AND (${wrong.length === 0 ? 'false' : wrong.join(' OR ')}))`,
  );
  const doubled = keys.map(({ name }, position) => textSql(name, `k${position}`));
  await session.run(
    `INSERT INTO verify_found SELECT 'outputRowDoubled', concat_ws(' ', ${doubled.join(', ')}), 'one row', count(*) || ' rows', false
     FROM (${actual}) GROUP BY ${k.join(', ')} HAVING count(*) > 1`,
  );
  return {
    rows: await readCount(session, `SELECT count(*) FROM ${quoteIdentifier(view)}`),
    expectedRows: await readCount(session, 'SELECT count(*) FROM verify_expected WHERE NOT is_gone'),
    differences: await readCount(session, 'SELECT count(*) FROM verify_found WHERE NOT is_doubtful'),
    doubtful: await readCount(session, 'SELECT count(*) FROM verify_found WHERE is_doubtful'),
    told: await tell(session, room),
  };
}

/** SQL: is the value of the table another one, and further off than it may be? */
function differsSql(position: number, hasTolerance: boolean): string {
  const [expected, actual] = [`e.e${position}`, `a.a${position}`];
  const isOther = `${actual} IS DISTINCT FROM ${expected}`;
  if (!hasTolerance) return `(${isOther})`;
  const off = `abs(CAST(${actual} AS DOUBLE) - CAST(${expected} AS DOUBLE))`;
  return `(${isOther} AND NOT coalesce(isfinite(${off}) AND ${off} <= e.t${position}, false))`;
}

function textSql(name: string, value: string): string {
  const text = `coalesce(CAST(${value} AS VARCHAR), 'null')`;
  const cut = `CASE WHEN length(${text}) > ${mostLetters} THEN left(${text}, ${mostLetters}) || '…' ELSE ${text} END`;
  return `${quoteLiteral(`${name} `)} || ${cut}`;
}

async function tell(session: LakeSession, room: number): Promise<readonly ToldDifference[]> {
  const reader = await session.read(
    `SELECT kind, row, expected, found FROM verify_found WHERE NOT is_doubtful ORDER BY kind, row LIMIT ${room}`,
  );
  return reader.getRows().map(([kind, row, expected, found]) => {
    const place = String(row);
    switch (kind) {
      case 'outputRowMissing':
        return { kind, row: place, expected: 'the row', found: 'none' };
      case 'outputRowUnexpected':
        return { kind, row: place, expected: 'no such row', found: 'one' };
      case 'outputRowDoubled':
        return { kind, row: place, expected: String(expected), found: String(found) };
      default:
        return { kind: 'outputRowWrong', row: place, expected: String(expected), found: String(found) };
    }
  });
}
