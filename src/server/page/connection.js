// @ts-check

/** An error response of the gateway. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {string} [code]
   */
  constructor(status, message, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Sends a request to the gateway. Rejects with a {@link Refusal}, or with another error if there is no response.
 *
 * @param {string} path
 * @param {RequestInit} [request]
 * @returns {Promise<unknown>}
 */
export async function ask(path, request = {}) {
  const response = await fetch(path, { ...request, signal: AbortSignal.timeout(15_000) });
  /** @type {Promise<{ error?: { message?: string, code?: string, path?: string } } | undefined>} */
  const json = response.json();
  const answer = await json.catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const { message = `HTTP ${response.status}`, code, path: at } = answer?.error ?? {};
  throw new Refusal(response.status, at ? `${at}: ${message}` : message, code);
}

/**
 * Listens to the gateway's changes and connects again by itself.
 *
 * @param {{ changed: () => void, connected: (isConnected: boolean) => void }} listeners
 * @returns {() => void} ends it
 */
export function listen({ changed, connected }) {
  /** @type {EventSource} */
  let events;
  let isEnded = false;

  function open() {
    if (isEnded) return;
    events = new EventSource('/v1/events');
    events.addEventListener('open', () => {
      connected(true);
      // Something may have happened before.
      changed();
    });
    events.addEventListener('change', changed);
    events.addEventListener('error', () => {
      connected(false);
      // The browser gives up when the answer is an error, such as a proxy's.
      if (events.readyState === EventSource.CLOSED) setTimeout(open, 3000);
    });
  }

  open();
  return () => {
    isEnded = true;
    events.close();
  };
}
