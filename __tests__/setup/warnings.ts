/** Takes the process warnings so far: a warning that no test takes fails the test. */
export async function takeWarnings(): Promise<readonly string[]> {
  // A process warning is emitted in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  return globalThis.processWarnings.splice(0);
}
