/** The time a model takes. A waiting stream keeps the process alive, as its connection would. */
export class ThinkingTime {
  #timer: NodeJS.Timeout | undefined;
  #isStreamed = false;

  /** @param ms milliseconds to wait */
  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => {
      this.#timer = setTimeout(resolve, ms);
      if (!this.#isStreamed) this.#timer.unref();
    });
  }

  /** True while a stream waits. */
  set isStreamed(isStreamed: boolean) {
    this.#isStreamed = isStreamed;
    if (isStreamed) this.#timer?.ref();
    else this.#timer?.unref();
  }
}
