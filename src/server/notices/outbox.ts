import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { checkFolderOwner, checkOwner } from '../../internal/own-files.ts';
import type { Notice } from './notice.ts';

/** A notice that a receiver has not confirmed yet. */
export interface Delivery {
  /** Identifies the receiver by its URL: letters and digits. */
  readonly receiver: string;
  readonly notice: Notice;
  /** Epoch milliseconds; absent: at once. That an approval has expired is kept from its request on, until an approver decides. */
  readonly dueAt?: number;
}

/** Keeps notices until they are delivered, so that they survive a restart. */
export interface NoticeOutbox {
  /**
   * Returns the deliveries to these receivers that are due, oldest first. Called every second. An outbox that several processes
   * share returns a delivery to one of them only, until that process has ended.
   *
   * @param now epoch milliseconds
   */
  due(receivers: readonly string[], now: number): Promise<readonly Delivery[]>;
  /**
   * Keeps a delivery. One with the same receiver and the same id is replaced if it is due later. Otherwise nothing is changed, and
   * it resolves with false.
   */
  add(delivery: Delivery): Promise<boolean>;
  /** Called when the receiver has confirmed the notice, when the gateway gives up, and when an approval cannot expire any more. */
  remove(delivery: Delivery): Promise<void>;
}

export const OUTBOX_METHODS: readonly (keyof NoticeOutbox)[] = ['due', 'add', 'remove'];

/** Keeps nothing beyond the process. */
export function memoryNoticeOutbox(earlier: readonly Delivery[] = []): NoticeOutbox {
  const kept = new Map(earlier.map((delivery) => [nameOf(delivery), delivery]));
  return {
    due: async (receivers, now) =>
      [...kept.values()].filter(({ receiver, dueAt = 0 }) => dueAt <= now && receivers.includes(receiver)),
    async add(delivery) {
      const name = nameOf(delivery);
      const present = kept.get(name);
      if (present && (present.dueAt ?? 0) <= (delivery.dueAt ?? 0)) return false;
      kept.set(name, delivery);
      return true;
    },
    async remove(delivery) {
      kept.delete(nameOf(delivery));
    },
  };
}

/** Notices of receivers that are not configured any more are kept this long. */
export const MAX_AGE_MS = 48 * 60 * 60_000;

/**
 * Keeps each notice in a file of its own in a directory, until it is delivered. Only the owner can read it (0600). The
 * directory is created if it is missing.
 *
 * @throws Error with a remedy for a directory that other users can write to: the gateway would sign what they put there
 */
export async function fileNoticeOutbox(directory: string): Promise<NoticeOutbox> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await checkFolderOwner(directory);
  const pathOf = (delivery: Delivery): string => join(directory, `${nameOf(delivery)}.json`);
  const names = await readdir(directory);
  // Of a process that ended while it wrote.
  for (const name of names.filter((one) => one.endsWith('.json.new'))) await rm(join(directory, name), { force: true });
  const read = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map(async (name) => deliveryIn(join(directory, name))),
  );
  const found = read.filter((delivery) => delivery !== undefined);
  const isOld = ({ notice }: Delivery): boolean => Date.parse(notice.timestamp) < Date.now() - MAX_AGE_MS;
  for (const old of found.filter(isOld)) await rm(pathOf(old), { force: true });
  const memory = memoryNoticeOutbox(
    found
      .filter((delivery) => !isOld(delivery))
      .toSorted((one, other) => one.notice.timestamp.localeCompare(other.notice.timestamp)),
  );
  // A removal that overtook the write of its file would leave it there.
  const inTurn = pLimit(1);
  return {
    due: async (receivers, now) => memory.due(receivers, now),
    async add(delivery) {
      if (!(await memory.add(delivery))) return false;
      const path = pathOf(delivery);
      await inTurn(async () => {
        await writeFile(`${path}.new`, JSON.stringify(delivery), { mode: 0o600 });
        await rename(`${path}.new`, path);
      });
      return true;
    },
    async remove(delivery) {
      await memory.remove(delivery);
      await inTurn(async () => rm(pathOf(delivery), { force: true }));
    },
  };
}

function nameOf({ receiver, notice }: Delivery): string {
  return `${receiver}-${notice.id}`;
}

const NAME = /^[\w-]{1,100}$/;

/** Returns undefined for a file that another user can write to, or that is no delivery. */
async function deliveryIn(path: string): Promise<Delivery | undefined> {
  try {
    checkOwner(path, await lstat(path), process.getuid?.());
    const delivery = JSON.parse(await readFile(path, 'utf8')) as Delivery;
    const isValid = NAME.test(delivery.receiver) && NAME.test(delivery.notice.id);
    return isValid && Number.isFinite(Date.parse(delivery.notice.timestamp)) ? delivery : undefined;
  } catch {
    return undefined;
  }
}
