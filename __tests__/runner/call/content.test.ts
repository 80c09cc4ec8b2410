import { describe, expect, test } from '@jest/globals';
import { contentOf, textOf } from '../../../src/runner/call/content.ts';

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
