import type { ServerName } from './server-name.ts';
import { writeStackState, type ServerRecord, type StackState } from './stack-state.ts';

/** `stack.json` while several servers start or stop at the same time: its writes follow each other. */
export class StackRecords {
  #state: StackState;
  readonly #stateFolder: string;
  #written: Promise<void> = Promise.resolve();

  constructor(stateFolder: string, state: StackState) {
    this.#stateFolder = stateFolder;
    this.#state = state;
  }

  get state(): StackState {
    return this.#state;
  }

  async put(name: ServerName, record: ServerRecord | undefined): Promise<void> {
    const state = { ...this.#state, [name]: record };
    this.#state = state;
    this.#written = this.#written.then(() => writeStackState(this.#stateFolder, state));
    await this.#written;
  }
}
