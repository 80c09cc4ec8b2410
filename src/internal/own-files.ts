import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

type Permissions = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/**
 * Refuses a file or a folder that another user owns or can write to: that user may have changed its content. Root counts
 * as the owner, as it does for sshd (sshd_config(5), StrictModes).
 *
 * @param uid the user id of this process; undefined on Windows, where files have no such owner
 * @throws Error with the remedy
 */
export function checkOwner(path: string, { uid: owner, gid, mode }: Permissions, uid: number | undefined): void {
  if (uid === undefined) return;
  if (owner !== uid && owner !== 0)
    throw new Error(`${path} belongs to another user (uid ${owner}). Check it, then run: chown ${uid} ${path}`);
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  const isStickyFolder = (mode & 0o171000) === 0o041000;
  // Many Linux systems give each user a group of its own with the same number, and make files group-writable.
  const others = gid === owner ? 0o002 : 0o022;
  if ((mode & others) === 0 || isStickyFolder) return;
  throw new Error(`Other users can write to ${path} (mode ${octal}). Check it, then run: chmod go-w ${path}`);
}

/**
 * Checks a folder, as `checkOwner` does. In a sticky one, such as `/tmp`, other users cannot replace your files.
 *
 * @throws Error with the remedy
 */
export async function checkFolderOwner(folder: string): Promise<void> {
  checkOwner(folder, await stat(folder), process.getuid?.());
}
