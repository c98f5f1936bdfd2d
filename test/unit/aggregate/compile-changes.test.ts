import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileChanges } from '../../../src/aggregate/compile-changes.ts';
import { EngineSession } from '../../../src/engine/session.ts';
import type { ChangesOutput } from '../../../src/model/outputs/output-spec.ts';
import { quoteLiteral } from '../../../src/model/pipeline/sql-text.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { OutputLane, type Batch, type LaneRow } from '../../support/output-lane.ts';
import { propertyRuns, propertyTimeoutMs } from '../../support/property/property-runs.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const rows = struct(
  field('id', 'string'),
  field('status', 'string'),
  field('at', struct(field('x', 'integer'))),
  field('where', 'string'),
  field('nothing', 'void'),
);

function outputOf(parts: Partial<ChangesOutput> = {}): ChangesOutput {
  return {
    kind: 'changes',
    name: 'status_changes',
    path: '/nowhere',
    partitionBy: [],
    properties: {},
    targetFileSizeBytes: 1 << 27,
    key: ['id'],
    of: ['status', 'at'],
    ...parts,
  };
}

async function openSession(): Promise<EngineSession> {
  const folder = join(await scratchFolder(), 'engine');
  const session = await EngineSession.open({ folder, memoryLimitBytes: 256 << 20 });
  onTestFinished(() => session[Symbol.asyncDispose]());
  return session;
}

interface Given {
  readonly partition: number;
  readonly id: string | null;
  readonly status: string | null;
  readonly x: number | null | undefined;
}

interface Placed extends Given {
  readonly offset: bigint;
}

function laneRow({ partition, offset, id, status, x }: Placed): LaneRow {
  const text = (value: string | null): string => (value === null ? 'NULL' : quoteLiteral(value));
  const at = x === undefined ? 'NULL' : `{'x': ${x ?? 'NULL'}}`;
  return { partition, offset, values: [text(id), text(status), at, quoteLiteral(`${partition}/${offset}`), 'NULL'] };
}

const at = (x: number | null | undefined): unknown => (x === undefined ? null : { x });

/** Row by row, and without any SQL. */
function changesOf(given: readonly Placed[]): unknown[] {
  const before = new Map<string, Placed>();
  return given.flatMap((row) => {
    const key = JSON.stringify([row.partition, row.id]);
    const previous = before.get(key);
    before.set(key, row);
    if (previous && previous.status === row.status && previous.x === row.x) return [];
    return [
      {
        id: row.id,
        status: row.status,
        at: at(row.x),
        where: `${row.partition}/${row.offset}`,
        nothing: null,
        previous_status: previous?.status ?? null,
        previous_at: at(previous?.x),
      },
    ];
  });
}

function lane(session: EngineSession, output = outputOf()): OutputLane {
  return new OutputLane({ session, output: compileChanges(output, rows), rows, partitions: [0, 1, 2], attempts: 2 });
}

const byPlace = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

describe('an output of changes', () => {
  it('has the columns of the table, and what was before', () => {
    const { schema, keyColumns } = compileChanges(outputOf(), rows);
    expect(schema.fields.map(({ name }) => name)).toEqual([
      ...rows.fields.map(({ name }) => name),
      'previous_status',
      'previous_at',
    ]);
    expect(keyColumns).toEqual([]);
  });

  it(
    'has a row for each record that differs from the one before it with its key, however the input is cut',
    async () => {
      const session = await openSession();
      const record = fc.record({
        partition: fc.constantFrom(0, 1, 2),
        id: fc.constantFrom('a', 'b', `'"\0`, null),
        status: fc.constantFrom('on', 'off', '', null),
        x: fc.constantFrom(1, null, undefined),
        begins: fc.constantFrom('batch', 'slice', 'nothing', 'nothing'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(record, { maxLength: 40 }), async (records) => {
          const placed = records.map((each, position) => ({ ...each, offset: BigInt(position) }));
          const batches: LaneRow[][][][] = [];
          for (const each of placed) {
            if (each.begins === 'batch' || batches.length === 0) batches.push([[[]], [[]]]);
            // Topic partitions 0 and 1 share a group.
            const group = batches.at(-1)?.[each.partition === 2 ? 1 : 0];
            if (each.begins === 'slice') group?.push([]);
            group?.at(-1)?.push(laneRow(each));
          }
          const changes = lane(session);
          for (const batch of batches satisfies Batch[]) await changes.commit(batch);
          expect(changes.tableRows.toSorted(byPlace)).toEqual(changesOf(placed).toSorted(byPlace));
          expect(changes.head.open).toBe(
            new Set(placed.map(({ partition, id }) => JSON.stringify([partition, id]))).size,
          );
          expect(changes.counts.taken).toBe(placed.length);
        }),
        propertyRuns(20),
      );
    },
    propertyTimeoutMs,
  );

  it.each([
    ['no key', { key: [] }],
    ['nothing to compare', { of: [] }],
    ['a key that is no single value', { key: ['at'] }],
    ['a column that the table has not', { of: ['state'] }],
    ['a column that never has values', { of: ['nothing'] }],
    ['a key that is compared', { of: ['id'] }],
  ])('is refused with %s', (_, parts) => {
    expect(() => compileChanges(outputOf(parts), rows)).toThrow(/output status_changes: /);
  });

  it('is refused where the table has a column of the name that it would add', () => {
    const taken = struct(...rows.fields, field('PREVIOUS_status', 'string'));
    expect(() => compileChanges(outputOf(), taken)).toThrow(/two columns would be named/);
  });
});
