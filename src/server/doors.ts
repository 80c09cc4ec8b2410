import { isSameSecret, type Credentials, type Holder } from './credentials.ts';
import { Refusal } from './refusal.ts';
import { sessionIdOf, type Visit } from './session-cookie.ts';
import type { Session, Sessions } from './sessions.ts';

/** Whoever shows a key. */
export interface Agent {
  /** The place of the key in the list of keys. */
  readonly key: number;
  /** The first 16 hexadecimal digits of the key's SHA-256: the same after a restart, whatever the order of the keys. */
  readonly id: string;
}

/** Whoever shows a token, or has signed in at the page. */
export interface Approver {
  readonly name: string;
  /** Whether they may still come in: a session ends. */
  readonly isStillIn: () => boolean;
}

/** Who may come in where. A key opens what agents do, a token what approvers do, and neither the other's. */
export class Doors {
  readonly #credentials: Credentials;
  readonly #sessions: Sessions;

  constructor(credentials: Credentials, sessions: Sessions) {
    this.#credentials = credentials;
    this.#sessions = sessions;
  }

  /** @throws Refusal 401 for nobody, 403 for an approver */
  agent(visit: Visit): Agent {
    const holder = this.#bearer(visit) ?? (this.#signedIn(visit) ? { approver: '' } : undefined);
    if (!holder) throw unknown();
    if ('agent' in holder) return { key: holder.agent, id: holder.id };
    throw wrongDoor('This is for agents: it takes their keys, not the token of an approver.');
  }

  /** @throws Refusal 401 for nobody, 403 for an agent, and for a request of the page's that another page may have made */
  approver(visit: Visit): Approver {
    const holder = this.#bearer(visit);
    if (holder && 'agent' in holder) {
      throw wrongDoor('This is for approvers: who asks cannot decide, nor change the rules.');
    }
    if (holder) return { name: holder.approver, isStillIn: () => true };
    const signedIn = this.#signedIn(visit);
    if (!signedIn) throw unknown();
    const { id, session } = signedIn;
    if (visit.request.method !== 'GET') checkOwnPage(visit, session);
    return { name: session.name, isStillIn: () => this.#sessions.find(id) !== undefined };
  }

  /** @throws Refusal 401 for nobody */
  anybody(visit: Visit): void {
    if (!this.#bearer(visit) && !this.#signedIn(visit)) throw unknown();
  }

  /** What is shown in the `Authorization` header; undefined when there is none. */
  #bearer({ request }: Visit): Holder | undefined {
    const header = request.headers.get('authorization');
    if (header === null) return undefined;
    const secret = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
    const holder = secret === undefined ? undefined : this.#credentials.find(secret);
    if (!holder) throw unknown();
    return holder;
  }

  #signedIn(visit: Visit): { readonly id: string; readonly session: Session } | undefined {
    const id = sessionIdOf(visit);
    const session = id === undefined ? undefined : this.#sessions.find(id);
    return id !== undefined && session ? { id, session } : undefined;
  }
}

/**
 * Browsers say whose wish a request is: by `Sec-Fetch-Site`, and where the page is plain HTTP beyond this machine, by `Origin` alone.
 *
 * @throws Refusal 403 for what a browser sends at another page's wish; what says nothing of it passes
 */
export function checkSameOrigin({ request: { headers }, origin }: Visit): void {
  const site = headers.get('sec-fetch-site');
  const from = headers.get('origin') ?? origin;
  const isOwn = site === null ? from === origin : site === 'same-origin' || site === 'none';
  if (!isOwn) throw otherPage();
}

function checkOwnPage(visit: Visit, session: Session): void {
  checkSameOrigin(visit);
  const { request } = visit;
  if (!isSameSecret(request.headers.get('x-csrf-token') ?? '', session.csrfToken)) throw otherPage();
}

function unknown(): Refusal {
  const headers = { 'www-authenticate': 'Bearer' };
  return new Refusal(401, 'unauthorized', 'This needs a key or a token that is known here.', { headers });
}

function wrongDoor(message: string): Refusal {
  return new Refusal(403, 'forbidden', message);
}

function otherPage(): Refusal {
  return new Refusal(403, 'not_from_page', 'This did not come from the page of the gateway. Load it again.');
}
