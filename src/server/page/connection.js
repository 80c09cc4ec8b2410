// @ts-check
import { sessionHeaders } from './session.js';

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
 * @param {{ method?: string, body?: string }} [request] the body is JSON
 * @returns {Promise<unknown>}
 */
export async function ask(path, request = {}) {
  const headers = {
    ...sessionHeaders(),
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const response = await fetch(path, { ...request, headers, signal: AbortSignal.timeout(15_000) });
  /** @type {Promise<{ error?: { message?: string, code?: string, path?: string } } | undefined>} */
  const json = response.json();
  const answer = await json.catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const { message = `HTTP ${response.status}`, code, path: at } = answer?.error ?? {};
  throw new Refusal(response.status, at ? `${at}: ${message}` : message, code);
}

/** The gateway sends something every 15 seconds. */
const MAX_SILENCE_MS = 40_000;
const RECONNECT_MS = 3000;

/**
 * Listens to the gateway's changes and connects again by itself. It uses `fetch`, because an `EventSource` cannot send
 * the session's header. One tab of a browser connects and passes the events on to the others: without HTTP/2, a browser
 * makes six connections to a server, and each link in a chat opens a tab.
 *
 * @param {{ changed: () => void, connected: (isConnected: boolean) => void }} listeners
 * @returns {() => void} ends it
 */
export function listen({ changed, connected }) {
  const ended = new AbortController();
  const isEnded = () => ended.signal.aborted;
  const tabs = new BroadcastChannel('interven-events');
  /** Undefined in a tab that does not connect. @type {boolean | undefined} */
  let isConnected;

  /** @param {boolean} isNow */
  function report(isNow) {
    isConnected = isNow;
    connected(isNow);
    tabs.postMessage({ isConnected });
  }

  async function follow() {
    const silent = new AbortController();
    const abort = () => {
      silent.abort();
    };
    let timer = setTimeout(abort, MAX_SILENCE_MS);
    try {
      const signal = AbortSignal.any([ended.signal, silent.signal]);
      const { ok, body } = await fetch('/v1/events', { headers: sessionHeaders(), signal });
      if (!ok || !body) return;
      report(true);
      // Something may have happened before.
      changed();
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(abort, MAX_SILENCE_MS);
        // An event has no data, so that a part of one is enough.
        if (!read.value.includes('event: change')) continue;
        changed();
        tabs.postMessage({});
      }
    } catch {
      // No connection, or it broke off.
    } finally {
      clearTimeout(timer);
      abort();
    }
  }

  async function followAgain() {
    while (!isEnded()) {
      await follow();
      if (isEnded()) return;
      report(false);
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  tabs.addEventListener(
    'message',
    (/** @type {MessageEvent<{ isConnected?: boolean, isAsking?: boolean }>} */ event) => {
      const { isConnected: isNow, isAsking } = event.data;
      if (isAsking) {
        if (isConnected !== undefined) tabs.postMessage({ isConnected });
        return;
      }
      if (isNow !== undefined) connected(isNow);
      if (isNow !== false) changed();
    },
  );
  tabs.postMessage({ isAsking: true });
  // Only secure contexts have locks: https, or this machine.
  if ('locks' in navigator) {
    navigator.locks.request('interven-events', { signal: ended.signal }, followAgain).catch(() => undefined);
  } else void followAgain();
  return () => {
    ended.abort();
    tabs.close();
  };
}
