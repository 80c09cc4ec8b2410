import { Readable } from 'node:stream';
import { types } from 'node:util';
import { isJsonObject, lenientJson, withWholeCharacters } from '../../internal/json.ts';
import { contentOf, textOf, type Output } from './content.ts';

/** Larger than what any API accepts as outputs. Reading stops there, because a stream or a generator may never end. */
const MAX_SIZE = 16_000_000;
/** What an item of an iterable counts at least. */
const MIN_ITEM_SIZE = 100;

/**
 * Converts a handler's return value to the output for the model: reads streams, responses, blobs and asynchronous
 * iterables to their end, then serializes as `outputText` does. Content parts stay parts.
 *
 * @param signal stops the reading
 * @throws the value itself if it is an Error; TypeError for a value that has no text and no JSON, which names its type
 */
export async function outputOf(value: unknown, signal: AbortSignal): Promise<Output> {
  if (isError(value)) throw value;
  if (typeof value === 'function' || typeof value === 'symbol') throw cannotSend(value);
  const content = contentOf(value);
  if (content) return { text: textOf(content), content };
  return { text: outputText(typeof value === 'object' && value !== null ? await readWhole(value, signal) : value) };
}

/**
 * Serializes a value for the model: strings unchanged, other values as JSON, iterables as arrays of their items.
 * `undefined` becomes `null`, a BigInt a string of its digits, a circular reference `"[Circular]"`, and half of a
 * surrogate pair U+FFFD, because strict readers of JSON refuse it.
 *
 * @throws TypeError for a value inside that JSON cannot represent; the error of a value's `toJSON`
 */
export function outputText(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  return withWholeCharacters(lenientJson(value, sendable));
}

/** Replacer for values that JSON would write as `{}`: the model must not take lost content for an empty result. */
function sendable(key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (types.isMap(value) || types.isSet(value) || isNumbers(value)) return itemsOf(value);
  if (isError(value) || isUnread(value)) throw cannotSend(value, key);
  if (!isLost(value)) return value;
  if (!isIterable(value)) throw cannotSend(value, key);
  return itemsOf(value);
}

/** True if JSON leaves out everything that the object consists of. An empty plain object has nothing to lose. */
function isLost(value: object): boolean {
  const fields: readonly unknown[] = Object.values(value);
  if (fields.length === 0) return !isJsonObject(value);
  return fields.every((field) => typeof field === 'function' || typeof field === 'symbol');
}

/** True for a promise or query that has not been awaited, and for a stream. Their own fields are not their content. */
function isUnread(value: object): boolean {
  return hasMethod(value, 'then') || isStream(value);
}

/**
 * Reads a value whose content has to be awaited, and decodes bytes. Returns any other value unchanged.
 *
 * @param source what the handler returned, for errors
 */
async function readWhole(value: object, signal: AbortSignal, source: object = value): Promise<unknown> {
  if (isBytes(value)) return decode([value], source);
  if (isResponse(value)) return readResponse(value, signal);
  if (isBlob(value)) return readWhole(value.stream(), signal, source);
  if (!isAsyncIterable(value) || !(isStream(value) || isLost(value))) return value;
  // A handler may take the first lines off a stream; without any left, its content is lost.
  const wasRead = Readable.isDisturbed(value as object as NodeJS.ReadableStream);
  const chunks: unknown[] = [];
  const room = createRoom(source);
  for await (const chunk of value) {
    signal.throwIfAborted();
    room.take(chunk);
    chunks.push(chunk);
  }
  if (wasRead && chunks.length === 0)
    throw new TypeError(`The handler returned ${typeName(source)} that was already read. Return its content.`);
  return isStream(value) && chunks.every(isText) ? decode(chunks, source) : chunks;
}

/** Reads the body. The status of a failure precedes it: the body alone could pass for a result. */
async function readResponse(response: ResponseLike, signal: AbortSignal): Promise<unknown> {
  const { status, statusText, body } = response;
  const content = body ? await readWhole(body, signal, response) : '';
  return status >= 200 && status < 300 ? content : `HTTP ${status} ${statusText}\n\n${String(content)}`.trim();
}

function decode(chunks: readonly Text[], source: object): string {
  try {
    const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : new Uint8Array(chunk)));
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(bytes));
  } catch (cause) {
    const message = `The handler returned ${typeName(source)} with bytes that are not UTF-8 text. Return a string.`;
    throw new TypeError(message, { cause });
  }
}

function itemsOf(iterable: Iterable<unknown>): readonly unknown[] {
  const items: unknown[] = [];
  const room = createRoom(iterable);
  for (const item of iterable) {
    room.take(item);
    items.push(item);
  }
  return items;
}

/** Room for the items of one iterable. */
function createRoom(source: object): { readonly take: (item: unknown) => void } {
  let left = MAX_SIZE;
  return {
    take(item) {
      left -= Math.max(sizeOf(item), MIN_ITEM_SIZE);
      if (left >= 0) return;
      throw new TypeError(`The handler returned ${typeName(source)} without an end, or too long. Return a part of it.`);
    },
  };
}

function sizeOf(item: unknown): number {
  return typeof item === 'string' ? item.length : isBytes(item) ? item.byteLength : 0;
}

function cannotSend(value: unknown, key = ''): TypeError {
  const at = key === '' ? '' : ` at "${key}"`;
  return new TypeError(
    `The handler returned ${typeName(value)}${at}, which JSON cannot represent. Return a string, or plain objects and arrays.`,
  );
}

function typeName(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  const { name } = Object(value.constructor) as { readonly name?: unknown };
  const type = kind === 'Object' && typeof name === 'string' ? name : kind;
  return type === 'Object' ? 'an object' : `an instance of ${type}`;
}

/** A piece of a text. */
type Text = string | Uint8Array | ArrayBuffer;
/** By shape, because a library may have a class of its own. */
type ResponseLike = Pick<Response, 'status' | 'statusText'> & { readonly body: object | null };

export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

function isText(chunk: unknown): chunk is Text {
  return typeof chunk === 'string' || isBytes(chunk);
}

function isBytes(value: unknown): value is Uint8Array | ArrayBuffer {
  return types.isUint8Array(value) || types.isArrayBuffer(value);
}

function isResponse(value: object): value is ResponseLike {
  return hasMethod(value, 'arrayBuffer') && 'body' in value && 'status' in value;
}

function isBlob(value: object): value is Blob {
  return hasMethod(value, 'arrayBuffer') && hasMethod(value, 'stream');
}

/** A stream of the web or of Node: its strings are pieces of a text, those of a generator are items. */
function isStream(value: object): boolean {
  return isAsyncIterable(value) && (hasMethod(value, 'getReader') || hasMethod(value, 'pipe'));
}

/** True for an array of numbers, such as an embedding, of which JSON would make an object. */
function isNumbers(value: object): value is object & Iterable<unknown> {
  return types.isTypedArray(value);
}

function isIterable(value: object): value is Iterable<unknown> {
  return hasMethod(value, Symbol.iterator);
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return hasMethod(value, Symbol.asyncIterator);
}

function hasMethod(value: object, name: string | symbol): boolean {
  return typeof (value as Readonly<Record<string | symbol, unknown>>)[name] === 'function';
}
