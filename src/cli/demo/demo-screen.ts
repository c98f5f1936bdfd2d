import { createLogUpdate } from 'log-update';
import { describeDemo, renderDemo, type DemoSnapshot } from './demo-view.ts';

const plainIntervalMs = 5000;

/** Draws the live view on a terminal; elsewhere prints a line every few seconds. */
export class DemoScreen {
  #stream: NodeJS.WriteStream;
  #draw: ReturnType<typeof createLogUpdate>;
  #last: DemoSnapshot | undefined;
  #lastLineAtMs = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#draw = createLogUpdate(stream);
  }

  show(snapshot: DemoSnapshot): void {
    const isNewPhase = this.#last?.phase !== snapshot.phase;
    this.#last = snapshot;
    if (this.#stream.isTTY) {
      this.#draw(renderDemo(snapshot));
      return;
    }
    if (!isNewPhase && Date.now() - this.#lastLineAtMs < plainIntervalMs) return;
    this.#lastLineAtMs = Date.now();
    this.#stream.write(`${describeDemo(snapshot)}\n`);
  }

  /** Prints a line above the view. */
  log(line: string): void {
    if (this.#stream.isTTY && this.#last) this.#draw.clear();
    this.#stream.write(`${line}\n`);
    if (this.#stream.isTTY && this.#last) this.#draw(renderDemo(this.#last));
  }

  end(): void {
    if (this.#stream.isTTY) this.#draw.done();
  }
}
