import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = 'journals.id';

/**
 * The id of a directory of journals, in a file beside them, so that it goes with them wherever they are moved.
 *
 * @throws Error when the directory can be neither read nor made
 */
export async function directoryId(directory: string): Promise<string> {
  const path = join(directory, NAME);
  return (await read(path)) ?? make(directory, path);
}

async function make(directory: string, path: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const id = randomUUID();
  const fresh = `${path}.${id}`;
  try {
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(`${id}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // The first of several processes that begin at once makes it for all.
    await link(fresh, path);
    return id;
  } catch (error) {
    const made = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await read(path) : undefined;
    if (made === undefined) throw error;
    return made;
  } finally {
    await rm(fresh, { force: true });
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    const id = (await readFile(path, 'utf8')).trim();
    if (!/^[\w-]{8,100}$/.test(id))
      throw new Error(`${path} does not contain an id. Delete the file: a new one is created.`);
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
