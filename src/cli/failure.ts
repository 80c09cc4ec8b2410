import { GatewayError } from '../runner/gateway/gateway-error.ts';
import { PolicyError, problemText } from '../embedded/policy/policy-error.ts';

/** What went wrong, for whoever typed the command. The stack is there only when it is asked for. */
export function failureText(error: unknown, withStack: boolean): string {
  const text = wordsOf(error);
  if (!withStack || !(error instanceof Error)) return text;
  return [text, error.stack, ...(error.cause === undefined ? [] : [`Cause: ${stackOf(error.cause)}`])].join('\n');
}

function wordsOf(error: unknown): string {
  if (error instanceof PolicyError) return problemsText(error);
  if (error instanceof GatewayError && error.cause instanceof PolicyError) return problemsText(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** All of them, where the error's message has only the first. */
function problemsText({ problems }: PolicyError): string {
  return ['The policies cannot be used.', ...problems.map((problem) => `  ${problemText(problem)}`)].join('\n');
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
