/** What tells a call from all others of its run. */
export function keyOf(runId: string, callId: string): string {
  return JSON.stringify([runId, callId]);
}
