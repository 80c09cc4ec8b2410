import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { GatewayError, GuardedRunError, type CallRecord } from 'interven-openai-assistants';

const error = (
  code: GuardedRunError['code'],
  details: { cause?: unknown; leftOpen?: boolean; isUsed?: boolean } = {},
) => {
  const calls = details.isUsed ? [{} as CallRecord] : [];
  return new GuardedRunError(code, 'x', { leftOpen: false, ...details, calls });
};
const api = (status: number | undefined, body: object = {}) =>
  status === undefined
    ? new OpenAI.APIConnectionError({ message: 'lost' })
    : OpenAI.APIError.generate(status, { error: body }, 'x', new Headers());
const marked = (mark: object) => Object.assign(new Error('x'), mark);

describe('an error of a run is retryable', () => {
  test.each<[when: string, expected: boolean, given: GuardedRunError]>([
    [
      'while another process serves the run',
      true,
      error('journal', { cause: marked({ code: 'ELOCKED' }), isUsed: true }),
    ],
    ['if the database of the journal was unavailable', true, error('journal', { cause: marked({ retryable: true }) })],
    ['not if the journal is damaged', false, error('journal', { cause: new Error('damaged') })],
    ['not for the key of another run', false, error('journal')],
    ['while another run is active', true, error('active_run')],
    ['if the runner was stopped and the run is open', true, error('stopped', { leftOpen: true, isUsed: true })],
    ['if the runner was stopped and refused the run', true, error('stopped')],
    ['not if stopping cancelled the run', false, error('stopped', { isUsed: true })],
    ['if the API did not answer', true, error('api_error', { cause: api(undefined) })],
    ['if the API was overloaded', true, error('api_error', { cause: api(503) })],
    ['if the API was over its rate limit', true, error('api_error', { cause: api(429) })],
    ['not without quota', false, error('api_error', { cause: api(429, { code: 'insufficient_quota' }) })],
    ['not if the API refused the request', false, error('api_error', { cause: api(400) })],
    ['not if its end is recorded', false, error('api_error', { cause: api(503), isUsed: true })],
    [
      'if the API failed and the run is open',
      true,
      error('api_error', { cause: api(503), isUsed: true, leftOpen: true }),
    ],
    ['not if a proxy answered', false, error('api_error', { cause: new Error('HTML') })],
    ['not over its budget', false, error('over_budget')],
    ['not after it timed out', false, error('timeout')],
    ['not with a wrong key of the gateway', false, error('gateway_configuration', { leftOpen: true })],
  ])('%s: %s', (_when, expected, given) => {
    expect(given.retryable).toBe(expected);
  });
});

test('an error of a gateway is retryable if the gateway was unavailable', () => {
  const faults = [
    'unreachable',
    'timeout',
    'server_error',
    'rate_limited',
    'malformed_reply',
    'configuration',
  ] as const;
  const retryable = faults.filter((fault) => new GatewayError(fault, 'x').retryable);
  expect(retryable).toEqual(['unreachable', 'timeout', 'server_error', 'rate_limited']);
});
