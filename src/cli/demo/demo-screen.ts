import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createLogUpdate } from 'log-update';
import { describeDemo, renderDemo, type DemoSnapshot } from './demo-view.ts';

const plainIntervalMs = 5000;

/** Draws the live view on a terminal; elsewhere prints a line every few seconds. */
export class DemoScreen {
  #stream: NodeJS.WriteStream;
  #logFile: string;
  #draw: ReturnType<typeof createLogUpdate>;
  #last: DemoSnapshot | undefined;
  #lastLineAtMs = 0;

  constructor(stream: NodeJS.WriteStream, logFile: string) {
    this.#stream = stream;
    this.#logFile = logFile;
    mkdirSync(dirname(logFile), { recursive: true });
    this.#draw = createLogUpdate(stream);
  }

  show(snapshot: DemoSnapshot): void {
    const isNewPhase = this.#last?.phase !== snapshot.phase;
    this.#last = snapshot;
    if (this.#stream.isTTY) {
      this.#draw(renderDemo({ ...snapshot, logFile: this.#logFile }));
      return;
    }
    if (!isNewPhase && Date.now() - this.#lastLineAtMs < plainIntervalMs) return;
    this.#lastLineAtMs = Date.now();
    this.#stream.write(`${describeDemo(snapshot)}\n`);
  }

  /** Once the view is drawn, lines go to the log file only: they would push it off the screen. */
  log(line: string): void {
    appendFileSync(this.#logFile, `${line}\n`);
    if (this.#stream.isTTY && this.#last) return;
    this.#stream.write(`${line}\n`);
  }

  /** Takes the view away: the summary says the same, and what came of it. */
  end(): void {
    if (this.#stream.isTTY) this.#draw.clear();
  }
}
