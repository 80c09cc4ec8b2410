/** Milliseconds between two looks at the database. */
const POLL_MS = 1_000;

/** Repeats a work every second, and at once when asked. It skips errors: a database that is gone answers again later. */
export class Poll {
  readonly #work: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isAskedAgain = false;
  #isClosed = false;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Never keeps the process alive. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.check();
    }, POLL_MS).unref();
    this.check();
  }

  /** Works now, or once more after the work in flight. */
  check(): void {
    this.#isAskedAgain = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isAskedAgain && !this.#isClosed) {
      this.#isAskedAgain = false;
      await this.#work().catch(() => undefined);
    }
    this.#running = undefined;
  }

  /** Waits for the work in flight. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}
