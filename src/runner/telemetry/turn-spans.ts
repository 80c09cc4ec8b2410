import { trace, type Context, type Span, type Tracer } from '@opentelemetry/api';
import type { RunEventOf } from '../run/events.ts';
import { outputAttributes, turnAttributes } from './attributes.ts';

interface Turn {
  readonly span: Span;
  /** The calls whose outputs the API has not taken yet. */
  readonly open: Set<string>;
  /** When anything was last heard of it. */
  endsAt: Date;
}

/** The turns of one run: each is a span from the model's stop to the last output that the API took. */
export interface TurnSpans {
  readonly began: (event: RunEventOf<'turn'>) => void;
  readonly submitted: (event: RunEventOf<'output-submitted'>) => void;
  /** Where what belongs to a turn is traced; also when that turn is over. */
  readonly contextOf: (turn: number) => Context;
  readonly end: () => void;
}

export function createTurnSpans(tracer: Tracer, inRun: Context): TurnSpans {
  const turns = new Map<number, Turn>();
  const contexts = new Map<number, Context>();

  function start(event: RunEventOf<'turn'>): Turn {
    const span = tracer.startSpan('interven.turn', { attributes: turnAttributes(event) }, inRun);
    const turn = { span, open: new Set<string>(), endsAt: event.at };
    turns.set(event.turn, turn);
    contexts.set(event.turn, trace.setSpan(inRun, span));
    return turn;
  }

  /** A turn may go on with another call once all that it had are answered: whether it does is known when the next one begins. */
  function endAnswered(but: number): void {
    for (const [number, { span, open, endsAt }] of turns) {
      if (number === but || open.size > 0) continue;
      turns.delete(number);
      span.end(endsAt);
    }
  }

  return {
    began(event) {
      endAnswered(event.turn);
      const { open } = turns.get(event.turn) ?? start(event);
      for (const callId of event.callIds) open.add(callId);
    },
    submitted(event) {
      const turn = turns.get(event.turn);
      if (!turn) return;
      turn.open.delete(event.callId);
      turn.endsAt = event.at;
      turn.span.addEvent('interven.output', outputAttributes(event), event.at);
    },
    contextOf: (turn) => contexts.get(turn) ?? inRun,
    end() {
      endAnswered(NaN);
      for (const { span } of turns.values()) span.end();
      turns.clear();
    },
  };
}
