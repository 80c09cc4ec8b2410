import type { Loop } from '../../run/driver.ts';
import { raceAbort } from '../../../internal/abort.ts';
import { asksOf, type Ask, type Asks } from './pending.ts';
import type { Item, ModelResponse } from './client.ts';

/** The API takes 10,485,760 characters for one output; all together stay under that. */
const MAX_OUTPUT_BYTES = 10_000_000;

/** What the model has asked for and the API has no output of yet. */
export interface OpenCalls {
  /** To be called with each response: what it was given is answered, what it asks for is open. */
  took(response: ModelResponse): Asks;
  /**
   * Has the calls of a response guarded; resolves with what the next request brings, nothing when nothing is open.
   *
   * @param late of the calls that the model does not wait for, those that an earlier process's request answered; it answers the same
   *   ones now. Undefined where none was sent
   */
  answer(response: ModelResponse, asks: readonly Ask[], late: readonly string[] | undefined): Promise<readonly Item[]>;
  /** Of the answers of last time, the ids of the calls that the model did not wait for. */
  readonly late: readonly string[];
  /** To be called once the API has taken the answers of last time. */
  accepted(): void;
  readonly all: readonly Ask[];
  /** Items of the last response that nobody here can answer. */
  readonly unknown: readonly Item[];
}

interface Answer {
  readonly ask: Ask;
  readonly item: Item;
}

type Guarded = (asks: readonly Ask[]) => Promise<readonly Answer[]>;

export function createOpenCalls(loop: Loop, conversationId: string | undefined): OpenCalls {
  const open = new Set<Ask>();
  /** Calls that the model does not wait for, and those of them that are done. */
  const waiting = new Map<string, Promise<unknown>>();
  let done: Answer[] = [];
  let sent: readonly Ask[] = [];
  let unknown: readonly Item[] = [];

  const begin = (response: ModelResponse, asks: readonly Ask[]): Guarded => {
    const outputsOf = loop.begin({
      calls: asks.map(({ call }) => call),
      // A call id is the only one of its kind in a conversation; elsewhere one in another chain may be the same.
      keyScope: conversationId,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      askedBy: response,
    });
    return async (some) => {
      // Whoever leaves does so at once, while handlers still have their grace.
      const outputs = await raceAbort(outputsOf(some.map(({ call }) => call)), loop.signal);
      return outputs.flatMap((output, index) => {
        const ask = some[index];
        return ask ? [{ ask, item: ask.answer(output) }] : [];
      });
    };
  };

  const wait = (guarded: Guarded, ask: Ask): void => {
    const answered = guarded([ask]).then((answers) => {
      done.push(...answers);
    });
    waiting.set(ask.call.callId, answered);
    const forget = (): void => void waiting.delete(ask.call.callId);
    answered.then(forget, forget);
  };

  const takeDone = (isWanted: (answer: Answer) => boolean): readonly Answer[] => {
    const taken = done.filter(isWanted);
    done = done.filter((answer) => !taken.includes(answer));
    return taken;
  };

  return {
    get all() {
      return [...open];
    },
    get unknown() {
      return unknown;
    },
    get late() {
      return sent.filter(({ isAsync }) => isAsync).map(({ call }) => call.callId);
    },
    took(response) {
      // What a failed or cancelled request brought, the API has not kept.
      const isKept = response.status !== 'failed' && response.status !== 'cancelled';
      for (const ask of sent) if (isKept) open.delete(ask);
      sent = [];
      const asked = asksOf(response.output);
      for (const ask of asked.asks) open.add(ask);
      ({ unknown } = asked);
      return asked;
    },
    accepted() {
      if (sent.length > 0) loop.submitted(sent.map(({ call }) => call));
    },
    async answer(response, asks, late) {
      const answers: Answer[] = [];
      if (asks.length > 0) {
        const guarded = begin(response, asks);
        for (const ask of asks) if (ask.isAsync) wait(guarded, ask);
        answers.push(...(await guarded(asks.filter(({ isAsync }) => !isAsync))));
      }
      if (late) {
        await Promise.all(late.flatMap((callId) => waiting.get(callId) ?? []));
        answers.push(...late.flatMap((callId) => takeDone(({ ask }) => ask.call.callId === callId)));
      } else {
        if (answers.length === 0 && done.length === 0 && waiting.size > 0) await Promise.race(waiting.values());
        answers.push(...takeDone(() => true));
      }
      sent = answers.map(({ ask }) => ask);
      return answers.map(({ item }) => item);
    },
  };
}
