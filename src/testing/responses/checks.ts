import { badRequest } from '../api-fault.ts';
import { checkKnown, checkMetadata, checkString, missing, objectAt } from '../request-checks.ts';
import type { Json } from '../wire.ts';
import { checkToolChoice, checkTools } from './tool-checks.ts';

const PARAMETERS: ReadonlySet<string> = new Set([
  ...['access_programs', 'agent_reference', 'background', 'background_options', 'context_management'],
  ...['conversation', 'image', 'include', 'input'],
  ...['instructions', 'max_output_tokens', 'max_tool_calls', 'metadata', 'model', 'moderation'],
  ...['parallel_tool_calls', 'previous_response_id', 'prompt', 'prompt_cache_key', 'prompt_cache_options'],
  ...['prompt_cache_retention', 'reasoning', 'safety_identifier', 'service_tier', 'store', 'stream'],
  ...['stream_options', 'temperature', 'text', 'tool_choice', 'tools', 'top_logprobs', 'top_p', 'truncation', 'user'],
]);

/** What Azure Foundry refuses beside a reference to one of its agents. */
const OF_THE_AGENT = ['tools', 'tool_choice', 'parallel_tool_calls', 'instructions', 'text', 'reasoning'] as const;

function checkAgent(body: Json): void {
  if ((body['agent_reference'] ?? undefined) === undefined) return;
  checkString(objectAt(body['agent_reference'], 'agent_reference')['name'], 'agent_reference.name');
  const param = OF_THE_AGENT.find((key) => (body[key] ?? undefined) !== undefined);
  if (param) throw badRequest('Not allowed when agent is specified.', { param, code: 'invalid_payload' });
}

const CONTEXTS = ['input', 'previous_response_id', 'prompt', 'conversation'] as const;

/** Checks the parameters of a new response, except its input. `null` counts as absent. */
export function checkCreate(body: Json): void {
  checkKnown(body, PARAMETERS);
  checkAgent(body);
  const given = (key: string): boolean => (body[key] ?? undefined) !== undefined;
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
  checkMetadata(body['metadata']);
  const { tools } = body;
  if (given('tools')) checkTools(tools, 'tools');
  checkToolChoice(body['tool_choice'], (tools ?? []) as Json[]);
}
