/** The time that a model takes. A stream that waits for it keeps the program alive, as its connection would. */
export class ThinkingTime {
  #timer: NodeJS.Timeout | undefined;
  #isStreamed = false;

  /** @param ms in milliseconds */
  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => {
      this.#timer = setTimeout(resolve, ms);
      if (!this.#isStreamed) this.#timer.unref();
    });
  }

  /** Tells whether a stream waits from now on. */
  set isStreamed(isStreamed: boolean) {
    this.#isStreamed = isStreamed;
    if (isStreamed) this.#timer?.ref();
    else this.#timer?.unref();
  }
}
