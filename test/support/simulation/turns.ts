import { AsyncLocalStorage } from 'node:async_hooks';
import type { SeededRandom } from '../../../src/samples/seeded-random.ts';

/** Whoever works on tables: an attempt of an activity. */
export class Attempt {
  readonly name: string;
  /** Until this turn it stands still. */
  frozenUntil = 0;
  /** Its process has died. */
  isDead = false;

  constructor(name: string) {
    this.name = name;
  }
}

/** Lets attempts have the store in turns, one request at a time, in an order that depends on the seed alone. */
export class Turns {
  readonly #random: SeededRandom;
  readonly #current = new AsyncLocalStorage<Attempt>();
  readonly #waiting: { readonly attempt: Attempt; readonly go: () => void }[] = [];
  readonly #alarms: { readonly turn: number; readonly ring: () => void }[] = [];
  #turn = 0;
  /** Who asked the store for what. */
  readonly log: string[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get now(): number {
    return this.#turn;
  }

  /** Does the work as this attempt. */
  as<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
    return this.#current.run(attempt, work);
  }

  /** Before a request to the store: waits for the turn of the attempt that makes it. */
  async take(request: string): Promise<void> {
    const attempt = this.#current.getStore();
    if (!attempt) return;
    await new Promise<void>((go) => this.#waiting.push({ attempt, go }));
    this.log.push(`${attempt.name}: ${request}`);
  }

  /** After so many turns of anybody. */
  after(turns: number): Promise<void> {
    return new Promise((ring) => this.#alarms.push({ turn: this.#turn + turns, ring }));
  }

  /** Gives turns until `work` has come to its end. */
  async until(work: Promise<unknown>, mostTurns: number): Promise<void> {
    const end = { isReached: false };
    work.then(
      () => (end.isReached = true),
      () => (end.isReached = true),
    );
    for (let turns = 0; !end.isReached; turns += 1) {
      if (turns > mostTurns) throw new Error(`no end after ${String(mostTurns)} turns`);
      await this.#give();
    }
    await work;
  }

  /** Until nobody that lives waits for anything. */
  async settle(): Promise<void> {
    while (this.#waiting.some(({ attempt }) => !attempt.isDead)) await this.#give();
  }

  async #give(): Promise<void> {
    this.#turn += 1;
    for (const alarm of this.#alarms.filter(({ turn }) => turn <= this.#turn)) {
      this.#alarms.splice(this.#alarms.indexOf(alarm), 1);
      alarm.ring();
    }
    const ready = this.#waiting.filter(({ attempt }) => !attempt.isDead && attempt.frozenUntil <= this.#turn);
    if (ready.length > 0) {
      const chosen = this.#random.pick(ready);
      this.#waiting.splice(this.#waiting.indexOf(chosen), 1);
      chosen.go();
    }
    // What follows from it is done before the next turn: nothing but turns is waited for.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
