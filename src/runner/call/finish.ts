import type { Dispatched } from './dispatch.ts';
import { say, STANDARD_MESSAGES, type MessageFacts, type Messages } from './messages.ts';
import type { CallRecord, Executed, Outcome, RecordDraft } from './outcome.ts';
import { outputText } from './output.ts';
import type { Provenance } from './provenance.ts';
import type { InDoubtAnswer, RunState } from './run-context.ts';

/** Finishes a call in doubt, which a previous process started. */
export function finishInDoubt(draft: RecordDraft, run: RunState, answer: Exclude<InDoubtAnswer, 'run'>): void {
  if (answer === 'report') finish(draft, run, 'in_doubt', { executed: 'unknown' });
  // An answer with an output confirms that the call ran.
  else finish(draft, run, 'allowed', { executed: 'yes', output: answer.output });
}

export function finishDispatched(
  draft: RecordDraft,
  run: RunState,
  dispatched: Dispatched,
  verdict: { readonly outcome: 'allowed' | 'sanitized'; readonly fields: readonly string[] },
): void {
  switch (dispatched.end) {
    case 'returned':
      try {
        const output = outputText(dispatched.value);
        finish(draft, run, verdict.outcome, { executed: 'yes', output, fields: verdict.fields });
      } catch (error) {
        draft.error = error;
        finish(draft, run, 'handler_error', { executed: 'yes' });
      }
      return;
    case 'threw':
      draft.error = dispatched.error;
      finish(draft, run, 'handler_error', { executed: 'yes' });
      return;
    case 'timeout':
    case 'aborted':
      if (dispatched.error !== undefined) draft.error = dispatched.error;
      finish(draft, run, dispatched.end === 'timeout' ? 'handler_timeout' : 'aborted', { executed: 'unknown' });
      return;
    case 'not_started':
      finish(draft, run, run.signal.aborted ? 'aborted' : 'not_run');
  }
}

/** Facts about a call that a message to the model may use. */
export function factsOf(draft: RecordDraft, outputBytes = 0): MessageFacts {
  const { name, reasonCodes, approvalUrl, error } = draft;
  return { name, reasonCodes, approvalUrl, error, fields: [], outputBytes };
}

/** Records the call's outcome and the output for the model. */
export function finish(
  draft: RecordDraft,
  run: RunState,
  outcome: Outcome,
  {
    executed = 'no',
    output = '',
    fields = [],
  }: { executed?: Executed; output?: string; fields?: readonly string[] } = {},
): void {
  const facts = { ...factsOf(draft), fields };
  draft.outcome = outcome;
  draft.executed = executed;
  if (outcome === 'allowed') draft.output = output;
  else if (outcome !== 'sanitized') draft.output = say(run.settings.messages, outcome, facts);
  else draft.output = fields.length > 0 ? `${say(run.settings.messages, 'sanitized', facts)}\n\n${output}` : output;
  if (run.provenance && executed !== 'no') recordOutput(draft, run.provenance, run.settings.messages, output);
}

/** Records a tool's output for provenance. A custom message counts as output: it may quote an error. */
export function recordOutput(
  { name, outcome, output }: CallRecord,
  provenance: Provenance,
  messages: Messages,
  returned: string,
): void {
  const isReturned = outcome === 'allowed' || outcome === 'sanitized';
  const text = isReturned ? returned : messages[outcome] === STANDARD_MESSAGES[outcome] ? '' : output;
  if (text !== '') provenance.note({ toolOutputs: [{ functionName: name, output: text }] });
}
