/** The models of both test files. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TurnFailure, type Call, type Script } from './agents-server.ts';

const squares = (from: number, to: number): Call[] =>
  Array.from({ length: to - from }, (_, index) => from + index).map((n) => ({
    id: `call_${n}`,
    name: 'square',
    args: { n },
  }));

const said = (results: readonly { readonly output: unknown }[]): string =>
  results.map(({ output }) => output).join(' ');

/** Sixteen calls at once; then their outputs as the text. */
export const sixteenCalls: Script = async (turn) => {
  turn.say(said(await turn.call(...squares(0, 16))));
};

export const sixteenSquares = Array.from({ length: 16 }, (_, n) => n * n).join(' ');

/** Two calls, then two more; the second round's arguments are a string. */
export const twoRounds: Script = async (turn) => {
  turn.say('Let me see.', 'commentary');
  const first = await turn.call(...squares(0, 2));
  turn.used(10, 1);
  const second = await turn.call(...squares(2, 4).map((call) => ({ ...call, args: JSON.stringify(call.args) })));
  turn.used(30, 3);
  turn.say(said([...first, ...second]));
};

/** Makes the second call while the first is in flight. */
export const overlapping: Script = async (turn) => {
  const first = turn.call(...squares(0, 1));
  await sleep(100);
  turn.say(said((await Promise.all([first, turn.call(...squares(1, 2))])).flat()));
};

/** One call of `post_note`; then its result as the text. */
export const postNote =
  (args: Call['args']): Script =>
  async (turn) => {
    const [result] = await turn.call({ id: 'call_1', name: 'post_note', args });
    turn.say(JSON.stringify(result));
  };

/** The same call, made by a subagent. */
export const delegatedNote =
  (args: Call['args']): Script =>
  async (turn) => {
    const [result] = await turn.delegate('helper', { id: 'call_1', name: 'post_note', args });
    turn.say(JSON.stringify(result));
  };

/** One call of `wait`; the turn ends with it, or when it is cancelled. */
export const waiting: Script = async (turn) => {
  await turn.call({ id: 'call_1', name: 'wait', args: {} });
  turn.say('Done.');
};

/** The model fails while a call is in flight. */
export const failing: Script = async (turn) => {
  void turn.call({ id: 'call_1', name: 'wait', args: {} });
  await sleep(100);
  throw new TurnFailure('server_overloaded');
};
