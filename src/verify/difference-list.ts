import { toOffset } from '../model/batch/offset-range.ts';
import type { Difference, DifferenceKind } from './verify-report.ts';

/** Counts all differences and keeps the first; one list per report. */
export class DifferenceList {
  readonly #most: number;
  readonly #first: Difference[] = [];
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  get first(): readonly Difference[] {
    return this.#first;
  }

  /** How many more can be told in detail. */
  get room(): number {
    return Math.max(0, this.#most - this.#first.length);
  }

  add(difference: Difference): void {
    this.#count += 1;
    if (this.#first.length < this.#most) this.#first.push(difference);
  }

  /** Differences that are known only by their number. */
  addUntold(count: number): void {
    this.#count += count;
  }
}

/** Adds differences of one topic partition. */
export class PartitionDifferences {
  readonly #list: DifferenceList;
  readonly #topic: string;
  readonly #partition: number;
  #count = 0;

  constructor(list: DifferenceList, topic: string, partition: number) {
    this.#list = list;
    this.#topic = topic;
    this.#partition = partition;
  }

  get count(): number {
    return this.#count;
  }

  get room(): number {
    return this.#list.room;
  }

  add(kind: DifferenceKind, expected: string, found: string, offset?: bigint): void {
    this.#count += 1;
    this.#list.add({
      kind,
      topic: this.#topic,
      partition: this.#partition,
      ...(offset === undefined ? {} : { offset: toOffset(offset) }),
      expected,
      found,
    });
  }

  addUntold(count: number): void {
    this.#count += count;
    this.#list.addUntold(count);
  }
}
