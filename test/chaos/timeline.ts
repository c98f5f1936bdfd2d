import { appendFileSync } from 'node:fs';

/** What was done to a scenario and what was seen, in order; written at once, as the process may be ended at any time. */
export class Timeline {
  readonly lines: string[] = [];
  readonly #file: string;
  readonly #startedAtMs = Date.now();

  constructor(file: string) {
    this.#file = file;
  }

  note(what: string): void {
    const seconds = ((Date.now() - this.#startedAtMs) / 1000).toFixed(1).padStart(6);
    const line = `${seconds} s  ${what}`;
    this.lines.push(line);
    appendFileSync(this.#file, `${line}\n`);
  }
}
