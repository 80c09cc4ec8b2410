import { badRequest } from '../api-fault.ts';
import { isObject } from '../checks.ts';
import { checkOutputFormat } from '../function-checks.ts';
import { missing } from '../request-checks.ts';
import type { Json } from '../wire.ts';
import { checkToolChoice, checkTools } from './tool-checks.ts';

/** What Azure Foundry refuses beside a reference to one of its agents. */
const OF_THE_AGENT = ['tools', 'tool_choice', 'parallel_tool_calls', 'instructions', 'text', 'reasoning'];

const CONTEXTS = ['input', 'previous_response_id', 'prompt', 'conversation'] as const;

/** Checks how the parameters of a new response fit together. `null` counts as absent. */
export function checkCreate(body: Json): void {
  const given = (key: string): boolean => (body[key] ?? undefined) !== undefined;
  const param = given('agent_reference') ? OF_THE_AGENT.find(given) : undefined;
  if (param) throw badRequest('Not allowed when agent is specified.', { param, code: 'invalid_payload' });
  if (!CONTEXTS.some(given)) {
    throw badRequest("One of 'input' or 'previous_response_id' or 'prompt' or 'conversation_id' must be provided.", {
      code: 'missing_required_parameter',
    });
  }
  if (!given('model') && !given('prompt') && !given('agent_reference')) throw missing('model');
  if (given('conversation') && given('previous_response_id')) {
    const names = "'previous_response_id' and 'conversation'";
    throw badRequest(
      `Mutually exclusive parameters: ${names}. Ensure you are only providing one of: ${names.replace('and', 'or')}.`,
      { code: 'mutually_exclusive_parameters' },
    );
  }
  if (body['background'] === true && body['store'] === false) {
    throw badRequest("Background mode requires 'store' to be true.", { param: 'background' });
  }
  const { completion_window: window = 'soonest' } = (body['background_options'] ?? {}) as Json;
  if (window !== 'soonest' && (body['background'] !== true || body['stream'] === true)) {
    throw badRequest(`The completion window '${String(window)}' requires 'background' to be true, and no 'stream'.`, {
      param: 'background_options.completion_window',
    });
  }
  const { format } = (body['text'] ?? {}) as Json;
  if (isObject(format) && format['type'] === 'json_schema') checkOutputFormat(format, 'text.format');
  const tools = (body['tools'] ?? []) as Json[];
  checkTools(tools, 'tools');
  checkToolChoice(body['tool_choice'], tools);
}
