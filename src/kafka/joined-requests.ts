interface Waiting<Question, Answer> {
  question: Question;
  readonly answered: PromiseWithResolvers<Answer | undefined>;
}

/**
 * Questions that come while a request is on its way go together in the next one, so that there are as few requests as
 * there is time for, however many ask. Nobody is given the answer to a request that was sent before he asked.
 */
export class JoinedRequests<Question, Answer> {
  readonly #send: (questions: ReadonlyMap<string, Question>) => Promise<ReadonlyMap<string, Answer>>;
  readonly #join: (one: Question, other: Question) => Question;
  #waiting = new Map<string, Waiting<Question, Answer>>();
  #isSending = false;

  /** Those who ask about the same key share an answer; `join` makes one question of theirs. */
  constructor(
    send: (questions: ReadonlyMap<string, Question>) => Promise<ReadonlyMap<string, Answer>>,
    join: (one: Question, other: Question) => Question,
  ) {
    this.#send = send;
    this.#join = join;
  }

  /** `undefined` where the answer says nothing about the key. Rejects with what the request threw. */
  ask(key: string, question: Question): Promise<Answer | undefined> {
    const waiting = this.#waiting.get(key);
    if (waiting) {
      waiting.question = this.#join(waiting.question, question);
      return waiting.answered.promise;
    }
    const answered = Promise.withResolvers<Answer | undefined>();
    this.#waiting.set(key, { question, answered });
    if (!this.#isSending) {
      this.#isSending = true;
      // Whoever was woken by the same tick of the clock asks first.
      setImmediate(() => void this.#sendAll());
    }
    return answered.promise;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const sent = this.#waiting;
      this.#waiting = new Map();
      try {
        const answers = await this.#send(new Map([...sent].map(([key, { question }]) => [key, question])));
        for (const [key, { answered }] of sent) answered.resolve(answers.get(key));
      } catch (error) {
        for (const { answered } of sent.values()) answered.reject(error);
      }
    }
    this.#isSending = false;
  }
}
