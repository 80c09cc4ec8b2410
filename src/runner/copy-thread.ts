import { assertNoPage, isRateLimited, messageOf, notA } from './apis/api-error.ts';
import { entriesOf, MAX_ATTEMPTS, type RequestOptions, pauseBeforeRetry } from './apis/api.ts';
import { Limit } from '../internal/abort.ts';
import { checkId, checkKeys, checkMethods, shown } from '../internal/checks.ts';
import { isJsonObject } from '../internal/json.ts';
import { valueAt } from '../internal/json-path.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

/** Message of the Assistants API; only the fields that `copyThread` reads. */
export interface ThreadMessageLike {
  readonly id: string;
  readonly role: string;
  readonly content: readonly {
    readonly type: string;
    readonly text?: { readonly value: string; readonly annotations?: readonly AnnotationLike[] };
    readonly refusal?: string;
    readonly image_url?: { readonly url: string; readonly detail?: 'auto' | 'low' | 'high' };
    readonly image_file?: FileLike;
  }[];
  readonly attachments?: readonly FileLike[] | null;
  /** Unix seconds. */
  readonly created_at?: number;
}

type FileLike = { readonly file_id?: string };
type AnnotationLike = { readonly type: string; readonly file_citation?: FileLike; readonly file_path?: FileLike };

/** Client of the Assistants API, such as `OpenAI` of openai 5, 6 and 7. */
export interface ThreadsClient {
  readonly beta: { readonly threads: { readonly messages: ThreadMessagesApi } };
}

interface ThreadMessagesApi {
  list(
    threadId: string,
    query: { order?: 'asc' | 'desc'; limit?: number; after?: string },
    options?: RequestOptions,
  ): PromiseLike<{ data: readonly ThreadMessageLike[]; has_more?: boolean }>;
}

/** Client of the Conversations API, such as `OpenAI` of openai 5, 6 and 7. */
export interface ConversationsClient {
  readonly conversations: {
    create(body: { metadata?: Record<string, string> }, options?: RequestOptions): PromiseLike<{ id: string }>;
    delete(conversationId: string, options?: RequestOptions): PromiseLike<unknown>;
    readonly items: {
      create(conversationId: string, body: { items: Item[] }, options?: RequestOptions): PromiseLike<unknown>;
    };
  };
}

// An assistant message is sent as one string: as parts the API takes `output_text`, whose SDK type requires an id.
type Item =
  { type: 'message'; role: 'user'; content: Part[] } | { type: 'message'; role: 'assistant'; content: string };
type Part =
  { type: 'input_text'; text: string } | { type: 'input_image'; image_url: string; detail: 'auto' | 'low' | 'high' };

export interface CopyThreadOptions {
  /** Thread on an Assistants API server, or its exported messages, oldest first. */
  readonly from: { readonly client: ThreadsClient; readonly threadId: string } | readonly ThreadMessageLike[];
  /** Client of the Conversations API. May use another server than `from`. */
  readonly to: ConversationsClient;
  /** Metadata of the conversation, at most 16 pairs. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Aborts the copy. Deleting the partial conversation may then take up to 10 s. */
  readonly signal?: AbortSignal | undefined;
}

export interface CopiedThread {
  readonly conversationId: string;
  /** Number of copied messages. */
  readonly messages: number;
  /** Parts that were not copied, oldest first. Empty when the copy is complete. */
  readonly skipped: readonly SkippedPart[];
}

export interface SkippedPart {
  readonly messageId: string;
  /**
   * `message` for a message with nothing to copy, `attachment`, or the API's type of the part or annotation, such as
   * `image_file`, `file_citation` and `file_path`.
   */
  readonly what: string;
  /** Id of the file on the server of `from`. */
  readonly fileId?: string;
}

/** Sends a request with its own signal: openai 5 and 6 add listeners to a signal and never remove them. */
type Send = <T>(work: (signal: AbortSignal) => PromiseLike<T>) => Promise<T>;

const PAGE = 100;
/** The API's limit per request. */
const MAX_ITEMS = 20;
const DELETE_MS = 10_000;

/**
 * Copies the messages of an Assistants API thread into a new conversation of the Responses API: texts, refusals and the
 * user's images with a URL. Files cannot move between servers; `skipped` lists each of them.
 *
 * The copy is all or nothing. On failure, `copyThread` deletes the partial conversation (the API keeps its items, but
 * nothing lists them), and you can try again. A lost response fails the copy: messages are never sent twice. If the
 * response to the conversation's creation is lost, an empty conversation may remain.
 *
 * @throws TypeError for an invalid option; otherwise an Error with the thread's id, and the conversation's id if it
 * could not be deleted. Its `cause` is the error of the API or the signal's reason.
 *
 * @example
 * const { conversationId, skipped } = await copyThread({ from: { client: azure, threadId }, to: new OpenAI() });
 */
export async function copyThread(options: CopyThreadOptions): Promise<CopiedThread> {
  check(options);
  const { from, to, metadata, signal } = options;
  const send: Send = async (work) => {
    signal?.throwIfAborted();
    return new Limit(signal).within(({ signal }) => work(signal));
  };
  let conversationId: string | undefined;
  try {
    const converted = ('client' in from ? await listMessages(from.client, from.threadId, send) : from).map(convert);
    const items = converted.flatMap(({ item }) => item ?? []);
    const body = omitUndefined({ metadata });
    const created: unknown = await send((limited) => to.conversations.create(body, { signal: limited }));
    const { id } = Object(created) as { readonly id?: unknown };
    if (typeof id !== 'string') throw notA('a conversation', created);
    conversationId = id;
    for (let start = 0; start < items.length; start += MAX_ITEMS) {
      await addItems(to, id, items.slice(start, start + MAX_ITEMS), send, signal);
    }
    return { conversationId, messages: items.length, skipped: converted.flatMap(({ skipped }) => skipped) };
  } catch (error) {
    const thread = 'client' in from ? `Thread ${from.threadId}` : 'The thread';
    const isLeft = conversationId !== undefined && !(await isDeleted(to, conversationId));
    const left = isLeft ? ` (its conversation ${conversationId} could not be deleted)` : '';
    throw new Error(`${thread} was not copied${left}: ${messageOf(error)}`, { cause: error });
  }
}

async function listMessages(client: ThreadsClient, threadId: string, send: Send): Promise<ThreadMessageLike[]> {
  const messages: ThreadMessageLike[] = [];
  for (let after: string | undefined; ;) {
    const query = omitUndefined({ order: 'asc', limit: PAGE, after });
    const page = await send((signal) => client.beta.threads.messages.list(threadId, query, { signal }));
    const data = entriesOf(page);
    const last = data.at(-1)?.id;
    if (last !== undefined && last === after) throw new Error('The server returned the same page of messages twice.');
    messages.push(...data);
    if (last === undefined || page.has_more === false) return messages;
    after = last;
  }
}

function convert(message: ThreadMessageLike): { item: Item | undefined; skipped: SkippedPart[] } {
  const { id: messageId, role } = message;
  const parts: Part[] = [];
  // One entry per file, however often it is cited.
  const skipped = new Map<string, SkippedPart>();
  const skip = (what: string, file?: FileLike): void => {
    const fileId = file?.file_id;
    skipped.set(`${what} ${fileId ?? ''}`, omitUndefined({ messageId, what, fileId }));
  };
  for (const { type, text, refusal, image_url: image, image_file: file } of message.content) {
    const words = type === 'text' ? text?.value : type === 'refusal' ? refusal : undefined;
    if (words) parts.push({ type: 'input_text', text: words });
    // The API rejects images from an assistant.
    else if (type === 'image_url' && image && role === 'user') {
      parts.push({ type: 'input_image', image_url: image.url, detail: image.detail ?? 'auto' });
    } else if (words === undefined) skip(type, file);
    for (const one of text?.annotations ?? []) skip(one.type, one.file_citation ?? one.file_path);
  }
  for (const attachment of message.attachments ?? []) skip('attachment', attachment);
  const item = parts.length > 0 ? itemOf(role, parts) : undefined;
  if (!item) skip('message');
  return { item, skipped: [...skipped.values()] };
}

function itemOf(role: string, content: Part[]): Item | undefined {
  if (role === 'user') return { type: 'message', role, content };
  const words = content.flatMap((part) => (part.type === 'input_text' ? part.text : [])).join('\n');
  return role === 'assistant' ? { type: 'message', role, content: words } : undefined;
}

async function addItems(
  to: ConversationsClient,
  conversationId: string,
  items: Item[],
  send: Send,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const reply = await send((limited) =>
        to.conversations.items.create(conversationId, { items }, { signal: limited, maxRetries: 0 }),
      );
      assertNoPage('a list of items', reply);
      return;
    } catch (error) {
      // A rate-limited request had no effect. After any other failure, the items may have been added.
      if (!isRateLimited(error) || attempt >= MAX_ATTEMPTS) throw error;
      await pauseBeforeRetry(error, attempt, signal);
    }
  }
}

async function isDeleted(to: ConversationsClient, conversationId: string): Promise<boolean> {
  try {
    await new Limit(undefined, DELETE_MS).within(({ signal }) => to.conversations.delete(conversationId, { signal }));
    return true;
  } catch {
    return false;
  }
}

function check(options: CopyThreadOptions): void {
  checkKeys('copyThread', options, ['from', 'to', 'metadata', 'signal']);
  const { from, to, metadata = {}, signal }: Record<string, unknown> = { ...options };
  if (Array.isArray(from)) checkMessages(from as readonly ThreadMessageLike[]);
  else if (isJsonObject(from)) {
    checkKeys('from', from, ['client', 'threadId']);
    checkMethods('from.client.beta.threads.messages', valueAt(from, ['client', 'beta', 'threads', 'messages']), [
      'list',
    ]);
    checkId('from.threadId', from['threadId']);
  } else throw new TypeError(`from is ${shown(from)}; it must be { client, threadId } or an array of messages.`);
  checkMethods('to.conversations', valueAt(to, ['conversations']), ['create', 'delete']);
  checkMethods('to.conversations.items', valueAt(to, ['conversations', 'items']), ['create']);
  if (!isJsonObject(metadata)) throw new TypeError(`metadata is ${shown(metadata)}; it must be an object of strings.`);
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw new TypeError(`metadata.${name} is ${shown(value)}; it must be a string.`);
  }
  if (signal !== undefined) checkMethods('signal', signal, ['addEventListener', 'throwIfAborted']);
}

function checkMessages(messages: readonly ThreadMessageLike[]): void {
  for (const [index, message] of messages.entries()) {
    checkId(`from[${index}].id`, valueAt(message, ['id']));
    if (!Array.isArray(message.content)) throw new TypeError(`from[${index}].content must be an array of parts.`);
  }
  const [first, last] = [messages[0]?.created_at, messages.at(-1)?.created_at];
  // The API lists messages newest first by default.
  if (first !== undefined && last !== undefined && first > last) {
    throw new TypeError(
      `from is sorted newest first (created_at ${first} to ${last}). Reverse it: the oldest message comes first.`,
    );
  }
}
