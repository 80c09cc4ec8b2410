import { CommandError } from './command.ts';

/** More than any gateway takes. */
const MOST_BYTES = 1_000_000;

/** All of a stream, as UTF-8. */
export async function readInput(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > MOST_BYTES) throw new CommandError(2, 'stdin is larger than 1 MB; a call is not.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}
