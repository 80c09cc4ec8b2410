/**
 * Resolves when everything in this process has happened that waits for no timer and no I/O. It counts turns of the event
 * loop, not time: the client, the runner and `FakeOpenAI` exchange a request in a few of them.
 */
export async function idle(turns = 50): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
