import type { Model, ModelStep, ModelTurn } from '../script.ts';
import { unsupported } from '../unsupported.ts';
import type { Json } from '../wire.ts';
import { asksOf, scriptOutput, type Ask } from './ask.ts';
import type { FakeTurn } from './fake-turn.ts';
import type { SessionRecord } from './session-record.ts';

/** An active root turn: the model follows the script, and waits for the client where an action requires it. */
export class RootRun {
  readonly turn: FakeTurn;
  readonly #model: Model;
  readonly #session: SessionRecord;
  readonly #timers = new Set<NodeJS.Timeout>();
  #asks: readonly Ask[] = [];
  #outputs: ModelTurn['outputs'] = [];

  constructor(model: Model, session: SessionRecord, input: readonly Json[]) {
    this.#model = model;
    this.#session = session;
    this.turn = session.addTurn();
    session.report('in_progress');
    this.addInput(input);
    this.#think();
  }

  /** Takes user input, before the turn or during it. */
  addInput(input: readonly Json[]): void {
    for (const { role, content } of input) {
      const message = { type: 'message', role, content, phase: null, status: 'completed' };
      this.#session.addInput(this.turn, 'msg', message);
    }
  }

  /** Continues the turn after a pause. */
  resume(): void {
    this.#session.report('in_progress');
    this.#think();
  }

  /** Takes an accepted answer, and continues the turn after the last one. */
  answer(ask: Ask): void {
    if (ask.state !== 'pending') return;
    ask.state = 'answered';
    this.#keepAnswer(ask);
    const open = this.#asks.filter(({ state }) => state !== 'answered');
    const { turn } = ask;
    if (turn !== this.turn && open.every((one) => one.turn !== turn)) this.#session.endTurn(turn, 'completed');
    else if (open.every((one) => one.turn !== turn || one.state !== 'pending')) turn.run('in_progress');
    if (open.every(({ state }) => state !== 'pending')) this.#session.report('in_progress');
    if (open.length > 0) return;
    this.#outputs = this.#asks.map(scriptOutput);
    this.#think();
  }

  /** Ends the turn and those of its subagents. Their actions are no longer required. */
  end(status: 'completed' | 'failed' | 'cancelled', error: { code: string; message: string } | null = null): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const ask of this.#asks) if (ask.state !== 'answered') ask.state = 'gone';
    for (const turn of this.#session.turns) {
      if (!turn.isOver && turn !== this.turn) this.#session.endTurn(turn, 'cancelled');
    }
    this.#session.endTurn(this.turn, status, error);
    if (error?.code === 'session_failed') this.#session.report('failed', error.message);
    else this.#session.report('idle');
  }

  #think(): void {
    const { thinkMs, script } = this.#model;
    this.#later(thinkMs / 3, () => {
      if (this.turn.status === 'queued') this.#session.startTurn(this.turn);
      this.#later(thinkMs / 3, () => {
        this.turn.steps += 1;
        const { id: threadId } = this.#session;
        const { id: runId, steps: turn } = this.turn;
        Promise.resolve({ runId, threadId, turn, messages: this.#session.messages(), outputs: this.#outputs })
          .then(async (seen) => script.next(seen))
          .then((step) => {
            if (!this.turn.isOver) this.#take(step);
          })
          .catch((error: unknown) => {
            if (!this.turn.isOver) this.#fail(`The script threw: ${String(error)}`);
          });
      });
    });
  }

  #take(step: ModelStep): void {
    const complaint = unsupported(step, 'Agents');
    if (complaint !== undefined) {
      this.#model.script.complain(complaint);
      this.#fail(complaint);
      return;
    }
    switch (step.step) {
      case 'call-tools':
      case 'request-approvals':
      case 'require-action':
        this.#ask(step);
        return;
      case 'say':
        this.#say(step.text);
        this.end('completed');
        return;
      case 'fail':
        this.#fail(step.message, step.code);
        return;
      case 'stop-short': {
        const code = step.reason === 'max_completion_tokens' ? 'max_output_tokens' : step.reason;
        this.#fail(`The turn stopped short: ${code}.`, code);
        return;
      }
      case 'report-status':
        this.#session.report(step.status);
        return;
      case 'emit-items':
    }
  }

  #say(text: string): void {
    const content = [{ type: 'output_text', text }];
    const message = { type: 'message', role: 'assistant', phase: 'final_answer', status: 'completed', content };
    this.#session.addOutput(this.turn, 'msg', message, text);
  }

  #fail(message: string, code = 'server_error'): void {
    this.end('failed', { code, message });
  }

  #ask(step: ModelStep): void {
    const subagents = new Map<string, FakeTurn>();
    const turnOf = (name: string | undefined): FakeTurn => {
      if (name === undefined) return this.turn;
      const turn = subagents.get(name) ?? this.#session.addTurn(`subagent_${name}`);
      if (turn.status === 'queued') this.#session.startTurn(turn);
      subagents.set(name, turn);
      return turn;
    };
    const asks = asksOf(step, this.#session.newId, turnOf);
    this.#asks = asks;
    this.#session.asks.push(...asks);
    for (const ask of asks) {
      this.#later(ask.afterMs, () => {
        this.#addCall(ask);
      });
    }
    const atOnce = asks.filter(({ afterMs, pendingAfterMs }) => afterMs + pendingAfterMs === 0);
    if (atOnce.length > 0) this.#require(atOnce);
    for (const ask of asks) {
      if (atOnce.includes(ask)) continue;
      this.#later(ask.afterMs + ask.pendingAfterMs, () => {
        this.#require([ask]);
      });
    }
    if (asks.length === 0) this.#think();
  }

  /** Adds the item that shows a call. Only the session's required actions make the call pending. */
  #addCall({ isCall, action, turn }: Ask): void {
    if (!isCall) return;
    const { call_id, name, arguments: args } = action;
    const item = { type: 'function_call', call_id, name, arguments: args, status: 'completed' };
    this.#session.addOutput(turn, 'fc', item);
  }

  #require(asks: readonly Ask[]): void {
    for (const ask of asks) {
      ask.state = 'pending';
      ask.turn.run('waiting');
    }
    this.#session.report('requires_action');
  }

  #keepAnswer({ action, turn, accepted = {} }: Ask): void {
    const { type, call_id, request_id, request } = action;
    const { success, output = null, error = null, response } = accepted;
    if (type === 'function_call') {
      const status = success === true ? 'completed' : 'failed';
      this.#session.addInput(turn, 'fco', { type: 'function_call_output', call_id, output, error, status });
    } else if (type === 'mcp_approval_request' && (response as Json)['decision'] === 'approve') {
      const { name, arguments: args, server_label } = (request ?? {}) as Json;
      const result = { output: `The fake ran ${String(name)}.`, error: null, status: 'completed' };
      this.#session.addOutput(turn, 'mcp', { type: 'mcp_call', name, arguments: args, server_label, ...result });
    } else if (type === 'computer_use_approval_request') {
      const answer = { type: 'computer_use_approval_request_result', request_id, response };
      this.#session.addInput(turn, 'cur', answer);
    }
  }

  /** Runs the action after `ms` milliseconds: at once for 0, and never after the turn has ended. */
  #later(ms: number, action: () => void): void {
    if (ms === 0) {
      action();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}
