import type { JsonObject } from '../../internal/json.ts';
import { parsed } from '../detection/nested-json.ts';
import { omitUndefined } from '../../internal/omit-undefined.ts';

/** Readers of texts that carry fields. Each returns undefined for any other text, and takes time in proportion to it. */

/** A header's name and value (RFC 9110, section 5), or those of a mail (RFC 5322, section 2.2). */
const HEADER = /^([A-Za-z][\w-]{0,60})\s?:[ \t]*(.*)$/;
const REQUEST_LINE =
  /^\s{0,9}(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)[ \t]+((?:\/|https?:\/\/)\S{0,4000})[ \t]*(?:HTTP\/[\d.]{1,3})?[ \t]*(?:\r?\n|$)/;
const BOUNDARY = /^--([^\s"]{1,200})[ \t]*\r?$/m;

/** Reads `a=1&b=2`, also with blanks (WHATWG URL, section 5.1). */
export function formIn(text: string): JsonObject | undefined {
  return text.includes('=') ? fieldsOf(new URLSearchParams(text)) : undefined;
}

/** Returns the fields of a form or query. A name with several values has a list of them. */
export function fieldsOf(form: URLSearchParams): JsonObject {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of form) {
    const known = fields.get(name);
    if (Array.isArray(known)) known.push(value);
    else fields.set(name, known === undefined ? value : [known, value]);
  }
  return Object.fromEntries(fields);
}

/** Reads lines of headers, up to the first empty line. */
export function headersIn(text: string): JsonObject | undefined {
  const [block = ''] = text.trimStart().split(/\r?\n[ \t]*\r?\n/, 1);
  const headers = new URLSearchParams();
  // A line that begins with a blank continues the one before.
  for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/[\r\n]+/)) {
    const [, name, value = ''] = HEADER.exec(line) ?? [];
    if (name !== undefined) headers.append(name, value);
  }
  return headers.size > 0 ? fieldsOf(headers) : undefined;
}

/** Reads the headers of a mail: a text, or one in base64, as Gmail's API takes it. */
export function mailIn(text: string): JsonObject | undefined {
  const plain = /^[\w+/=-]+\s*$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : text;
  return HEADER.test(plain.trimStart().split(/\r?\n/, 1)[0] ?? '') ? headersIn(plain) : undefined;
}

/** Reads lines of JSON (https://jsonlines.org), such as those of a bulk request. */
export function linesIn(text: string): readonly unknown[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2 || !lines.every((line) => /^\s*\{.*\}\s*$/.test(line))) return undefined;
  const values = lines.map(parsed);
  return values.every((value) => value !== undefined) ? values.flat() : undefined;
}

/** Reads a request as it is sent, or as a part of a batch. */
export function requestIn(text: string): JsonObject | undefined {
  const [line = '', method, path] = REQUEST_LINE.exec(text) ?? [];
  if (method === undefined) return undefined;
  const rest = text.slice(line.length);
  const headers = headersIn(rest) ?? {};
  const [, host] = Object.entries(headers).find(([name]) => /^host$/i.test(name)) ?? [];
  const blank = /(?:^|\n)[ \t]*\r?\n/.exec(rest);
  const body = blank ? rest.slice(blank.index + blank[0].length) : '';
  return { method, path, headers, body, ...(host === undefined ? {} : { host }) };
}

/** Reads a multipart body (RFC 2046, section 5.1): the fields of a form, and the content of other parts. */
export function partsIn(text: string): readonly unknown[] | undefined {
  const boundary = BOUNDARY.exec(text)?.[1];
  if (boundary === undefined) return undefined;
  const [, ...parts] = `\n${text}`.split(`\n--${boundary}`);
  // A line in Markdown or YAML looks like a boundary, too.
  if (!parts.some((part) => /^\s*content-/i.test(part))) return undefined;
  return parts.map((part) => {
    const [head = '', ...content] = part.split(/\r?\n[ \t]*\r?\n/);
    const value = content.join('\n\n').replace(/\r?\n?$/, '');
    const name = /\bname="?([^"\r\n;]{1,200})/i.exec(head)?.[1];
    return name === undefined ? value : { [name]: value };
  });
}

const ELEMENT = /<([\w:.-]{1,60})(?:\s[^<>]{0,500})?>([^<>]{1,2000})<\/\1>/g;

/** Reads the elements of XML that have a text: `<methodName>deleteUser</methodName>`. */
export function elementsIn(text: string): JsonObject | undefined {
  if (!/^\s*</.test(text)) return undefined;
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of text.matchAll(ELEMENT)) fields.append(name.replace(/^.*:/, ''), value);
  return fieldsOf(fields);
}

/** Reads the options of curl, as a list or in one text: `-X DELETE`. */
export function curlOptionsIn(options: readonly string[] | string): JsonObject | undefined {
  const words = typeof options === 'string' ? (options.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map(unquoted) : options;
  const read = { method: [] as string[], headers: [] as string[], data: [] as string[], url: [] as string[] };
  for (const [index, word] of words.entries()) {
    if (/^https?:\/\//i.test(word)) read.url.push(word);
    const [, option = '', attached = ''] = /^(-[XHd]|--[a-z-]+)=?(.*)$/s.exec(word) ?? [];
    const value = attached === '' ? (words[index + 1] ?? '') : attached;
    if (option === '-X' || option === '--request') read.method.push(value);
    else if (option === '-H' || option === '--header') read.headers.push(value);
    else if (option === '-d' || /^--(?:data|json|form)/.test(option)) read.data.push(value);
  }
  if (read.method.length + read.headers.length + read.data.length === 0) return undefined;
  const [method, url] = [read.method[0], read.url[0]];
  return { headers: read.headers, data: read.data, ...omitUndefined({ method, url }) };
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/s, '$2');
}
