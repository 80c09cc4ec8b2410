/** A request, and where it came. */
export interface Visit {
  readonly request: Request;
  /** Where browsers reach the gateway, such as `https://gateway.example.com`. */
  readonly origin: string;
}

/** The id of the session that a browser shows. */
export function sessionIdOf({ request, origin }: Visit): string | undefined {
  const start = `${nameAt(origin)}=`;
  const cookies = (request.headers.get('cookie') ?? '').split(/; */);
  return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length);
}

/** The `set-cookie` of a session; with a life of 0 it is gone. */
export function sessionCookie(origin: string, sessionId: string, lifeMs: number): string {
  const secure = isSecure(origin) ? '; Secure' : '';
  return `${nameAt(origin)}=${sessionId}; Max-Age=${lifeMs / 1000}; Path=/; HttpOnly; SameSite=Strict${secure}`;
}

/** Browsers take a cookie whose name begins with `__Host-` from this very host only, and only over TLS (RFC 6265bis, 4.1.3.2). */
function nameAt(origin: string): string {
  return isSecure(origin) ? '__Host-interven_session' : 'interven_session';
}

function isSecure(origin: string): boolean {
  return origin.startsWith('https:');
}
