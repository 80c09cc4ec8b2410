import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { mutated } from './mutate.ts';
import { sendToFake, type Answer } from './request-world.ts';
import { UNDOCUMENTED_REQUESTS, VALID_REQUESTS } from './valid-requests.ts';

/** A valid request with one change, and the fake's error: a sample that main.ts wrote, compared with the API's words. */
interface InvalidRequest {
  readonly request: string;
  readonly path: readonly (string | number)[];
  readonly value?: unknown;
  readonly error: Answer['error'];
}

const lines = readFileSync(new URL('../../fixtures/invalid-requests.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const invalid = lines.map((line) => JSON.parse(line) as InvalidRequest);

describe('the fake takes', () => {
  test.each([...VALID_REQUESTS, ...UNDOCUMENTED_REQUESTS])('$title ($rule)', async ({ path, body }) => {
    expect(await sendToFake(path, body)).toEqual({ status: 200, error: undefined });
  });
});

describe('the fake refuses', () => {
  test.each(invalid)(
    '$request with a change of $path: $error.message',
    async ({ request: title, path, value, error }) => {
      const request = VALID_REQUESTS.find((one) => one.title === title);
      const body = mutated(request?.body, { kind: 'type', path, value });
      expect(await sendToFake(String(request?.path), body)).toEqual({ status: 400, error });
    },
  );
});
