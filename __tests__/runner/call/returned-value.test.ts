import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { outputOf } from '../../../src/runner/call/returned-value.ts';
import { rejection } from '../../setup/world.ts';
import { fitOutputs as fit } from '../../../src/runner/call/output.ts';
import { contentOf, textOf } from '../../../src/runner/call/content.ts';

const { signal } = new AbortController();
const output = async (value: unknown): Promise<string> => (await outputOf(value, signal)).text;

async function* yielding(...items: unknown[]): AsyncGenerator {
  yield* items;
}
function* endless(): Generator {
  for (;;) yield 'a line'.repeat(10_000);
}

describe('the output of a handler', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  class Order {
    readonly id = 7;
    readonly #secret = 'x';
    total = (): string => this.#secret;
  }

  test.each<[string, unknown, string]>([
    ['a string is sent as it is', 'plain "text"', 'plain "text"'],
    ['an empty string stays empty', '', ''],
    ['an object is JSON', { a: [1, null] }, '{"a":[1,null]}'],
    ['keys keep their order', { b: 1, a: 2 }, '{"b":1,"a":2}'],
    ['an empty object is JSON', {}, '{}'],
    ['an empty array is JSON', [], '[]'],
    ['a number is JSON', 7, '7'],
    ['null is JSON', null, 'null'],
    ['nothing is null', undefined, 'null'],
    ['a date is its ISO text', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['a URL is its text', new URL('https://a.example/b'), '"https://a.example/b"'],
    ['a BigInt is its digits as a string', { n: 12345678901234567890n }, '{"n":"12345678901234567890"}'],
    ['a BigInt alone, too', 10n, '"10"'],
    ['a cycle says so', circle, '{"self":"[Circular]"}'],
    ['undefined in an object is left out', { a: undefined, b: 1 }, '{"b":1}'],
    ['an object of another realm is JSON', Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
    ['an instance has its own fields, without methods', new Order(), '{"id":7}'],
    ['a null prototype may be empty', Object.create(null), '{}'],
  ])('%s', async (_, value, text) => {
    expect(await output(value)).toBe(text);
  });

  test.each<[string, unknown, string]>([
    ['a set is its items', new Set([1, 'b']), '[1,"b"]'],
    ['a map is its entries', new Map([['a', { b: 1 }]]), '[["a",{"b":1}]]'],
    ['an empty map is empty', new Map(), '[]'],
    ['headers are their entries', new Headers({ 'X-A': '1' }), '[["x-a","1"]]'],
    ['search parameters are their entries', new URLSearchParams('a=1&a=2'), '[["a","1"],["a","2"]]'],
    ['a generator is what it yields', [1, 2].values(), '[1,2]'],
    ['an array of numbers is its numbers', { embedding: new Float32Array([0.5, 2]) }, '{"embedding":[0.5,2]}'],
    ['an asynchronous generator is what it yields', yielding('a', { b: new Set([1]) }), '["a",{"b":[1]}]'],
    ['an iterable inside is its items', { rows: new Map([[1, new Set(['x'])]]) }, '{"rows":[[1,["x"]]]}'],
    ['a response is its body', new Response('{"ok":true}'), '{"ok":true}'],
    ['a response without a body is empty', new Response(null), ''],
    [
      'a response of a failure begins with its status',
      new Response('No.', { status: 404, statusText: 'Not Found' }),
      'HTTP 404 Not Found\n\nNo.',
    ],
    ['a response of a failure may have no body', new Response(null, { status: 500 }), 'HTTP 500'],
    ['a blob is its text', new Blob(['päge']), 'päge'],
    ['a file is its text', new File(['a', 'b'], 'a.txt'), 'ab'],
    ['a buffer is its text', Buffer.from('päge'), 'päge'],
    ['an ArrayBuffer is its text', new Uint8Array([104, 105]).buffer, 'hi'],
    ['a stream of bytes is its text', new Blob(['a', 'b']).stream(), 'ab'],
    ['a stream of strings is its text', Readable.from(['pä', 'ge']), 'päge'],
    ['a stream of objects is its items', Readable.from([{ a: 1 }, 'b']), '[{"a":1},"b"]'],
  ])('%s', async (_, value, text) => {
    expect(await output(value)).toBe(text);
  });

  test.each<[string, () => AsyncIterable<unknown>, string]>([
    ['of a response', () => new Response('a').body as ReadableStream, 'ReadableStream'],
    ['of Node', () => Readable.from(['a']), 'Readable'],
  ])('a stream %s that was already read is an error: its content is lost', async (_, create, name) => {
    const stream = create();
    for await (const chunk of stream) expect(String(chunk)).not.toBe('');
    await expect(output(stream)).rejects.toThrow(`an instance of ${name} that was already read. Return its content.`);
  });

  test('may split a character between the chunks of a stream', async () => {
    const bytes = Buffer.from('👍');
    expect(await output(Readable.from([bytes.subarray(0, 2), bytes.subarray(2)]))).toBe('👍');
  });

  test.each<[string, unknown, string]>([
    ['a string cut within a character', '👍\ud83d', '👍\ufffd'],
    ['a byte of another encoding', 'abc\udce9def', 'abc\ufffddef'],
    ['a value', { title: 'x\ud83d' }, '{"title":"x\ufffd"}'],
    ['a key', { '\udcff': 1 }, '{"\ufffd":1}'],
    [
      'a value among escapes',
      ['\\ud83d', '\\\ud83d\\', '"\udc00"', '\n'],
      '["\\\\ud83d","\\\\\ufffd\\\\","\\"\ufffd\\"","\\n"]',
    ],
    ['a long value', ['\ud83d'.padEnd(6_000, '.')], `["${'\ufffd'.padEnd(6_000, '.')}"]`],
  ])('has U+FFFD for half of a surrogate pair in %s', async (_, value, text) => {
    expect(await output(value)).toBe(text);
  });
});

describe('A value that JSON cannot represent is an error that names its type:', () => {
  class Secretive {
    readonly #rows = [1];
    get rows(): number[] {
      return this.#rows;
    }
  }
  const query = { sql: 'select 1', then: () => undefined };

  test.each<[string, unknown, string]>([
    ['a function', () => 1, 'a function,'],
    ['a symbol', Symbol('x'), 'a symbol,'],
    ['a promise inside', { rows: Promise.resolve([]) }, 'an instance of Promise at "rows"'],
    ['a query inside that was not awaited', [query], 'an object at "0"'],
    ['an Error inside', { status: 'rejected', reason: new RangeError('x') }, 'an instance of Error at "reason"'],
    ['an Error inside with fields', [Object.assign(new Error('x'), { code: 1 })], 'an instance of Error at "0"'],
    ['a response inside', { page: new Response('x') }, 'an instance of Response at "page"'],
    ['a stream inside', { page: Readable.from(['x']) }, 'an instance of Readable at "page"'],
    ['an asynchronous generator inside', { rows: yielding(1) }, 'an instance of AsyncGenerator at "rows"'],
    ['an instance without fields', new Secretive(), 'an instance of Secretive,'],
    ['a regular expression', { pattern: /x/ }, 'an instance of RegExp at "pattern"'],
    ['an object of functions only', { rows: () => [1] }, 'an object,'],
    ['a WeakMap', new WeakMap(), 'an instance of WeakMap,'],
    ['a request', new Request('https://a.example'), 'an instance of Request,'],
  ])('%s', async (_, value, named) => {
    const error = await rejection(output(value));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(`The handler returned ${named}`);
  });

  test.each([
    ['a buffer', Buffer.from([0xff, 0xd8]), 'Uint8Array'],
    ['a response', new Response(new Uint8Array([0x89, 0x50])), 'Response'],
    ['a blob', new Blob([new Uint8Array([0x89, 0x50])]), 'Blob'],
  ])('%s of bytes that are no text', async (_, value, name) => {
    expect(await rejection(output(value))).toMatchObject({
      message: `The handler returned an instance of ${name} with bytes that are not UTF-8 text. Return a string.`,
    });
  });

  test.each([
    ['an endless generator', endless()],
    ['an endless generator inside', { rows: endless() }],
    ['an endless stream', Readable.from(endless())],
    ['a blob larger than any output', new Blob([Buffer.alloc(17_000_000)])],
  ])('%s', async (_, value) => {
    const message = /^The handler returned an instance of [\w ]+ without an end, or too long\./;
    expect(await rejection(output(value))).toMatchObject({ message: expect.stringMatching(message) as unknown });
  });

  test('an error is thrown as it is', async () => {
    const error = new Error('disk full');
    expect(await rejection(output(error))).toBe(error);
  });
});

test('Reading stops when the signal aborts', async () => {
  const caller = new AbortController();
  let isReturned = false;
  async function* ticks(): AsyncGenerator {
    try {
      for (;;) {
        await delay(1);
        yield 1;
      }
    } finally {
      isReturned = true;
    }
  }
  const reading = outputOf(ticks(), caller.signal);
  caller.abort(new Error('too late'));
  expect(await rejection(reading)).toMatchObject({ message: 'too late' });
  expect(isReturned).toBe(true);
});

describe('outputs that are too large together', () => {
  const fitOutputs = <T extends { callId: string; output: string }>(outputs: readonly T[], maxBytes: number) =>
    fit(outputs, maxBytes, (_, bytes) => `[cut: the output had ${bytes} bytes, which is more than fits]`);

  const bytes = (outputs: readonly { output: string }[]): number =>
    Buffer.byteLength(JSON.stringify(outputs.map(({ output }, index) => ({ tool_call_id: `call_${index}`, output }))));
  const of = (...sizes: number[]): { callId: string; output: string }[] =>
    sizes.map((size, index) => ({ callId: `call_${index}`, output: 'x'.repeat(size) }));

  test('are unchanged when they fit', () => {
    const outputs = of(1_000, 2_000);
    expect(fitOutputs(outputs, 5_000)).toBe(outputs);
  });

  test.each([
    ['plain text', 'x'],
    ['quotes, which JSON doubles', '"'],
    ['control characters, which JSON writes as six', '\u0001'],
    ['text of three bytes a character', '\u20ac'],
    ['text of surrogate pairs', '\u{1f600}'],
  ])('are truncated to the limit in bytes of JSON: %s', (_, character) => {
    const outputs = [0, 1, 2].map((index) => ({ callId: `call_${index}`, output: character.repeat(30_000) }));
    const fitted = fitOutputs(outputs, 50_000);
    expect(bytes(fitted)).toBeLessThanOrEqual(50_000);
    expect(bytes(fitted)).toBeGreaterThan(49_500);
    for (const { output } of fitted) {
      expect(output).toMatch(/\[cut: the output had \d+ bytes, which is more than fits\]$/);
      expect(output).not.toMatch(/\p{Surrogate}/u);
    }
  });

  test('are truncated fairly: short ones stay complete, the others share the rest', () => {
    const [small, big, bigger] = fitOutputs(of(10, 400_000, 900_000), 500_000).map(({ output }) => output.length);
    expect(small).toBe(10);
    expect(big).toBe(bigger);
    expect(big).toBeGreaterThan(245_000);
  });
});

const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const text = { type: 'input_text', text: 'the chart' };
const image = { type: 'input_image', image_url: PNG };

describe('An array of content parts stays parts:', () => {
  test.each<[string, unknown, readonly object[]]>([
    ['text', [text], [text]],
    ['text and an image', [text, image], [text, { ...image, detail: 'auto' }]],
    [
      'an image by URL, with its detail',
      [{ ...image, image_url: 'https://a.example/b.png', detail: 'low' }],
      [{ type: 'input_image', image_url: 'https://a.example/b.png', detail: 'low' }],
    ],
    [
      'an image by id',
      [{ type: 'input_image', file_id: 'file_1', image_url: null }],
      [{ type: 'input_image', file_id: 'file_1', detail: 'auto' }],
    ],
    [
      'a file',
      [{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' }],
      [{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' }],
    ],
    [
      'a file by URL',
      [{ type: 'input_file', file_url: 'https://a.example/b.pdf', detail: null }],
      [{ type: 'input_file', file_url: 'https://a.example/b.pdf' }],
    ],
    [
      'half of a surrogate pair, replaced',
      [{ type: 'input_text', text: 'x\ud83d' }],
      [{ type: 'input_text', text: 'x\ufffd' }],
    ],
  ])('%s', (_, value, parts) => {
    const content = contentOf(value);
    expect(content).toEqual(parts);
    expect(Object.isFrozen(content?.[0])).toBe(true);
  });
});

describe('Other data is no content:', () => {
  test.each<[string, unknown]>([
    ['an empty array', []],
    ['items of another type', [{ type: 'invoice', id: 1 }]],
    ['parts beside other items', [text, { type: 'invoice', id: 1 }]],
    ['strings', ['input_text']],
    ['a part alone', text],
    ['a field with parts', { parts: [text] }],
    ['an object with more than an MCP result has', { content: [{ type: 'text', text: 'a' }], id: 1 }],
    ['an empty MCP result', { content: [] }],
    ['an MCP result with an item of an unknown type', { content: [{ type: 'video' }] }],
    ['an item like an image of MCP', { content: [{ type: 'image', src: 'a.png' }] }],
    ['an item like a text of MCP', { content: [{ type: 'text', value: 'a' }] }],
    ['an MCP result that is an error', { content: [{ type: 'text', text: 'No.' }], isError: true }],
    ['a field content with text', { content: 'a' }],
    ['nothing', undefined],
  ])('%s', (_, value) => {
    expect(contentOf(value)).toBeUndefined();
  });
});

test.each<[string, unknown, string]>([
  ['a misspelt field', [{ ...image, detial: 'low' }], '[0]: Unrecognized key: "detial"'],
  ['an unknown detail', [text, { ...image, detail: 'huge' }], '[1].detail: Invalid option'],
  ['no text', [{ type: 'input_text' }], '[0].text: Invalid input: expected string'],
  ['an image without a source', [{ type: 'input_image' }], '[0]: It needs image_url or file_id.'],
  ['an image that is a path', [{ ...image, image_url: '/a.png' }], '[0].image_url: It must be an http(s) URL'],
  ['an image of an unsupported type', [{ ...image, image_url: 'data:image/svg+xml;base64,AAAA' }], '[0].image_url: It'],
  ['an image that is not base64', [{ ...image, image_url: 'data:image/png;base64,a b' }], '[0].image_url: It must'],
  ['a file without a source', [{ type: 'input_file', filename: 'a' }], '[0]: It needs file_id, file_data or file_url.'],
])('A part that the API refuses is an error with its path: %s', (_, value, problem) => {
  expect(() => contentOf(value)).toThrow(`The handler returned content parts that the API refuses: ${problem}`);
});

describe('The result of an MCP client becomes parts:', () => {
  test.each<[string, unknown, readonly object[]]>([
    ['text', [{ type: 'text', text: 'a', annotations: {} }], [{ type: 'input_text', text: 'a' }]],
    ['an image', [{ type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' }], [{ ...image, detail: 'auto' }]],
    [
      'a resource with text',
      [{ type: 'resource', resource: { uri: 'file:///a.txt', text: 'a' } }],
      [{ type: 'input_text', text: 'a' }],
    ],
    [
      'a resource with an image',
      [{ type: 'resource', resource: { uri: 'a:b', blob: 'iVBORw0KGgo=', mimeType: 'image/png' } }],
      [{ ...image, detail: 'auto' }],
    ],
    [
      'a resource with a file',
      [{ type: 'resource', resource: { uri: 'file:///x/a.pdf', blob: 'JVBE', mimeType: 'application/pdf' } }],
      [{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' }],
    ],
    [
      'a link',
      [{ type: 'resource_link', uri: 'https://a.example', name: 'a' }],
      [{ type: 'input_text', text: '{"uri":"https://a.example","name":"a"}' }],
    ],
    [
      'an image of a type that the API refuses',
      [{ type: 'image', data: 'AAAA', mimeType: 'image/svg+xml' }],
      [{ type: 'input_text', text: '[image/svg+xml that is not part of this text]' }],
    ],
    [
      'a file of a type that the API may refuse',
      [{ type: 'resource', resource: { uri: 'a:b', blob: 'AAAA', mimeType: 'application/zip' } }],
      [{ type: 'input_text', text: '[application/zip that is not part of this text]' }],
    ],
    [
      'sound, which no API takes',
      [{ type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }],
      [{ type: 'input_text', text: '[audio/wav that is not part of this text]' }],
    ],
  ])('%s', (_, content, parts) => {
    expect(contentOf({ content })).toEqual(parts);
    expect(contentOf({ content, isError: false, _meta: {} })).toEqual(parts);
  });

  test('structured content is text, unless the server has repeated it as text', () => {
    const structuredContent = { n: 1 };
    const repeated = { type: 'text', text: '{"n":1}' };
    expect(contentOf({ content: [repeated], structuredContent })).toEqual([{ type: 'input_text', text: '{"n":1}' }]);
    const picture = { type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' };
    expect(contentOf({ content: [picture], structuredContent })).toHaveLength(2);
  });
});

test('The text of parts has a note for what is no text', () => {
  const content = contentOf([text, image, { type: 'input_file', file_id: 'file_1' }, text]) ?? [];
  expect(textOf(content)).toBe(
    'the chart\n[an image that is not part of this text]\n[a file that is not part of this text]\nthe chart',
  );
});
