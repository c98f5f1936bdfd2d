import type { OutputCounts } from '../../model/outputs/output-batch.ts';
import { toOffset, type Offset } from '../../model/batch/offset-range.ts';
import type { DifferenceList } from '../difference-list.ts';
import type { DifferenceKind } from '../verify-report.ts';
import type { LateDifference } from './compare-late-records.ts';
import type { OutputComparison } from './compare-output.ts';
import type { OpenOutput } from './open-output.ts';

/** Adds differences of one output. */
export class OutputDifferences {
  readonly #list: DifferenceList;
  readonly #place: { readonly topic: string; readonly output: string };
  #count = 0;

  constructor(list: DifferenceList, place: { readonly topic: string; readonly output: string }) {
    this.#list = list;
    this.#place = place;
  }

  get count(): number {
    return this.#count;
  }

  /** How many more can be told in detail. */
  get room(): number {
    return this.#list.room;
  }

  addRows({ told, differences }: OutputComparison): void {
    for (const { kind, row, expected, found } of told) this.#add(kind, { expected, found }, { row });
    this.#addUntold(differences - told.length);
  }

  addLateRecords({ count, told }: { readonly count: number; readonly told: readonly LateDifference[] }): void {
    for (const { partition, offset, isLate, deadLetters } of told) {
      const expected = isLate ? 'one dead letter of the late record' : 'no dead letter: the record is not late';
      this.#add('lateRecord', { expected, found: String(deadLetters) }, { partition, offset: toOffset(offset) });
    }
    this.#addUntold(count - told.length);
  }

  /** The commits have to end where the table stands. */
  addPositions({ stored, coverage, fromTheStart }: OpenOutput): void {
    if (!fromTheStart) return;
    for (const partition of new Set([...stored.keys(), ...coverage.positions.keys()])) {
      const [own, end] = [stored.get(partition), coverage.positions.get(partition)?.end];
      if (own === end) continue;
      const expected = `the txn of the topic partition at ${end ?? 'none'}, where the output's commits end`;
      this.#add('position', { expected, found: `it is ${own ?? 'none'}` }, { partition });
    }
  }

  addCounts(made: Partial<OutputCounts>, counted: OutputCounts): void {
    const words = {
      taken: 'records that it took',
      late: 'late records',
      nullEventTime: 'records without an event time',
      nullKey: 'records without a key',
      aheadOfTime: 'records ahead of time',
    };
    for (const name of ['taken', 'late', 'nullEventTime', 'nullKey', 'aheadOfTime'] as const) {
      const count = made[name];
      if (count === undefined || count === (counted[name] ?? 0)) continue;
      this.#add('counts', {
        expected: `${count} ${words[name]}, as the job's table makes them`,
        found: `its commits count ${counted[name] ?? 0}`,
      });
    }
  }

  #addUntold(count: number): void {
    this.#count += count;
    this.#list.addUntold(count);
  }

  #add(
    kind: DifferenceKind,
    { expected, found }: { readonly expected: string; readonly found: string },
    at: { readonly partition?: number; readonly offset?: Offset; readonly row?: string } = {},
  ): void {
    this.#count += 1;
    this.#list.add({ kind, ...this.#place, partition: -1, ...at, expected, found });
  }
}
