import { describe, expect, test } from '@jest/globals';
import { callTools, say, type Misbehaviour } from 'interven-openai-assistants/testing';
import { shorten } from '../setup/limits.ts';
import { drive, expectNothingOpen, reportOutputs, type Driven, type DriverRow } from './driver-contract.ts';

const page = { headers: { 'content-type': 'text/html; charset=utf-8' } };
const soon = { 'retry-after-ms': '1' };

/** How a request that may be repeated can fail, and whether the API processes it all the same. */
const lost: readonly { readonly way: string; readonly how: Misbehaviour; readonly isTaken: boolean }[] = [
  { way: 'the connection breaks after it', how: { dropReply: true }, isTaken: true },
  { way: 'the response is truncated', how: { cutBody: true }, isTaken: true },
  { way: 'the connection breaks before it', how: { dropRequest: true }, isTaken: false },
  { way: 'the API fails', how: { status: 500, headers: soon }, isTaken: false },
  { way: 'the rate limit is reached', how: { status: 429, headers: soon }, isTaken: false },
];

const requests = ['starts', 'submits', 'reads'] as const;

/** A run of two calls in one turn, of which one request fails. */
function paying(row: DriverRow, request: (typeof requests)[number], how: Misbehaviour) {
  const ran: string[] = [];
  let thoughts = 0;
  const driven: Driven = drive(row, {
    script: (turn) => {
      thoughts += 1;
      return turn.turn === 1 ? callTools({ name: 'pay', id: 'a' }, { name: 'pay', id: 'b' }) : reportOutputs(turn);
    },
    decisions: { pay: 'ALLOW' },
    tools: {
      pay: (_, { callId }) => {
        if (ran.push(callId) === 1 && request === 'submits') driven.openai.misbehave(row.submits, how);
        return 'paid';
      },
    },
  });
  if (request !== 'submits') driven.openai.misbehave(row[request], how);
  return { ...driven, ran, thoughts: () => thoughts };
}

/** Rules for lost responses. */
export function lostResponseRules(row: DriverRow): void {
  describe(row.name, () => {
    test('after a lost response, runs no handler twice and submits each output once', async () => {
      const ways = requests.flatMap((request) => lost.map((way) => ({ request, ...way })));
      const served = ways.map(async ({ request, way, how }) => {
        const { run, ran, thoughts, openai } = paying(row, request, how);
        const { status, text } = await run();
        openai.assertDone();
        return { request, way, status, text, ran, thoughts: thoughts() };
      });
      const expected = ways.map(({ request, way, how, isTaken }) => {
        const isCreation = row[request] === row.starts || row[request] === row.submits;
        const isIdKnown = row.streams === true && how.cutBody === true;
        const thoughts = isCreation && isTaken && row.asksAgain && !isIdKnown ? 3 : 2;
        return { request, way, status: 'completed', text: 'a=paid b=paid', ran: ['a', 'b'], thoughts };
      });
      expect(await Promise.all(served)).toEqual(expected);
    });

    test.each(['starts', 'submits'] as const)('names the page that a proxy sends since the run %s', async (request) => {
      shorten({ leaveLookMs: 50, apiRetryFirstMs: 1, apiRetryMaxMs: 1, outputsSettleMs: 10 });
      const ran: string[] = [];
      let isBlocked = request === 'starts';
      const { left } = drive(row, {
        script: [callTools({ name: 'pay', id: 'a' }), say('never seen')],
        decisions: { pay: 'ALLOW' },
        options: { leaveMs: 100 },
        tools: {
          pay: (_, { callId }) => {
            isBlocked = true;
            return ran.push(callId);
          },
        },
        through:
          (fetch) =>
          async (...sent) =>
            isBlocked ? new Response('<!doctype html><title>Log in</title>', page) : fetch(...sent),
      });
      const { code, message } = await left();
      // A request in a conversation may have been processed, and a page does not tell.
      expect(code).toBe(row.isIn === 'conversationId' ? 'reply_lost' : 'api_error');
      if (!row.isAzure) expect(message).toContain('but an HTML page');
      expect(ran).toEqual(request === 'starts' ? [] : ['a']);
    });

    test.each([
      ['starts the run', 'starts'],
      ['carries the outputs', 'submits'],
    ] as const)(
      'rejects when the request that %s fails three times, and the API accepts the next run',
      async (_, request) => {
        shorten({ leaveLookMs: 50, apiRetryFirstMs: 1, apiRetryMaxMs: 1, outputsSettleMs: 10 });
        const driven = paying(row, request, { status: 503, headers: soon, times: 3 });
        const error = await driven.left();
        expect(error).toMatchObject({ code: 'api_error', cause: { status: 503 }, leftOpen: row.mayGoOn });
        expect(error.calls.map(({ executed }) => executed)).toEqual(request === 'starts' ? [] : ['yes', 'yes']);
        driven.openai.assertDone();
        await expectNothingOpen(row, driven);
      },
    );

    test('never returns the text of an earlier run when the response to its start is lost', async () => {
      const { openai, run } = drive(row, { script: [say('first'), say('second')], decisions: {}, tools: {} });
      expect((await run()).text).toBe('first');
      openai.misbehave(row.starts, { status: 500, headers: soon });
      expect((await run()).text).toBe('second');
    });
  });
}
