import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFolderOwner, checkOwner } from '../../internal/own-files.ts';
import type { Notice } from './notice.ts';

/** A notice that a receiver has not confirmed yet. */
export interface Delivery {
  /** Identifies the receiver by its URL: letters and digits. */
  readonly receiver: string;
  readonly notice: Notice;
}

/** Keeps notices until they are delivered, so that they survive a restart. */
export interface NoticeOutbox {
  /** Lists the kept deliveries, oldest first. */
  list(): Promise<readonly Delivery[]>;
  add(delivery: Delivery): Promise<void>;
  /** Called when the receiver has confirmed the notice, or the gateway gives up. */
  remove(delivery: Delivery): Promise<void>;
}

/**
 * Keeps each notice in a file of its own in a directory, until it is delivered. Only the owner can read it (0600). The
 * directory is created if it is missing.
 *
 * @throws Error with a remedy for a directory that other users can write to: the gateway would sign what they put there
 */
export async function fileNoticeOutbox(directory: string): Promise<NoticeOutbox> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await checkFolderOwner(directory);
  const pathOf = ({ receiver, notice }: Delivery): string => join(directory, `${receiver}-${notice.id}.json`);
  return {
    async list() {
      const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
      const read = await Promise.all(names.map(async (name) => deliveryIn(join(directory, name))));
      const sent = read.filter((delivery) => delivery !== undefined);
      return sent.toSorted((one, other) => one.notice.timestamp.localeCompare(other.notice.timestamp));
    },
    async add(delivery) {
      const path = pathOf(delivery);
      await writeFile(`${path}.new`, JSON.stringify(delivery), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    remove: async (delivery) => rm(pathOf(delivery), { force: true }),
  };
}

/** Keeps nothing beyond the process. */
export const NO_OUTBOX: NoticeOutbox = {
  list: async () => [],
  add: async () => undefined,
  remove: async () => undefined,
};

const NAME = /^[\w-]{1,100}$/;

/** Returns undefined for a file that another user can write to, or that is no delivery. */
async function deliveryIn(path: string): Promise<Delivery | undefined> {
  try {
    checkOwner(path, await lstat(path), process.getuid?.());
    const delivery = JSON.parse(await readFile(path, 'utf8')) as Delivery;
    return NAME.test(delivery.receiver) && NAME.test(delivery.notice.id) ? delivery : undefined;
  } catch {
    return undefined;
  }
}
