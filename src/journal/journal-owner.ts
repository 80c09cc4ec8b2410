import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that has a file open to write to it. */
export interface FileOwner {
  readonly pid: number;
  readonly host: string;
  /** Whether it is a process of this machine; of another one's nobody can tell from here whether it still runs. */
  readonly isHere: boolean;
}

/**
 * Who has the file open, by its lock, which is neither taken nor touched. Undefined when nobody has, or when whoever had is gone.
 *
 * @param file the file's real path, as locks are for files and not for their names
 * @throws Error when what stands in the place of the lock is none
 */
export async function ownerOf(file: string): Promise<FileOwner | undefined> {
  const lock = `${file}.lock`;
  const text = await readFile(lock, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { pid, host, born } = parsed(text);
  if (typeof pid !== 'number' || typeof host !== 'string' || typeof born !== 'string') {
    throw new Error(`${lock} is no lock of ours. When no process uses ${file}, delete it.`);
  }
  const isHere = host === hostname();
  return isHere && !isRunning(pid, born) ? undefined : { pid, host, isHere };
}

function parsed(text: string): Partial<Record<'pid' | 'host' | 'born', unknown>> {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}

function isRunning(pid: number, born: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM is somebody else's process, which runs.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const bornNow = bornOf(pid);
  return bornNow === undefined || born === '' || bornNow === born;
}

/** As the lock has it: the machine's boot and the ticks from it to the start of the process (proc(5)). */
function bornOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : `${boot} ${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}
