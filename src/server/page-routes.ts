import type { Credentials } from './credentials.ts';
import { checkSameOrigin } from './doors.ts';
import { approvalsPage } from './page/approvals-page.ts';
import { signInPage } from './page/sign-in-page.ts';
import { pageFiles } from './page/static-files.ts';
import { notFound, tooMany } from './refusal.ts';
import { mediaTypeOf, textOf } from './request-body.ts';
import type { Route } from './route.ts';
import { sessionCookie, sessionIdOf } from './session-cookie.ts';
import { SESSION_MS, type Sessions } from './sessions.ts';
import { WindowLimit } from './window-limit.ts';

const WRONG_SIGN_INS_A_MINUTE = 10;
/** Anybody may send one. */
const MOST_SIGN_IN_BYTES = 4 * 1024;

/** The page where approvers decide: its HTML, its files, and the way in and out. */
export function pageRoutes(credentials: Credentials, sessions: Sessions, now: () => number): readonly Route[] {
  const wrong = new WindowLimit(WRONG_SIGN_INS_A_MINUTE, now);
  let files: ReturnType<typeof pageFiles> | undefined;
  return [
    {
      method: 'GET',
      path: '/',
      door: 'anyone',
      serve(call) {
        const id = sessionIdOf(call);
        const session = id === undefined ? undefined : sessions.find(id);
        return html(session ? approvalsPage({ name: session.name, csrfToken: session.csrfToken }) : signInPage());
      },
    },
    {
      method: 'POST',
      path: '/sign-in',
      door: 'anyone',
      async serve(call) {
        const { request, origin } = call;
        checkSameOrigin(call);
        const isForm = mediaTypeOf(request) === 'application/x-www-form-urlencoded';
        const token = isForm
          ? (new URLSearchParams(await textOf(request, MOST_SIGN_IN_BYTES)).get('token')?.trim() ?? '')
          : '';
        const holder = credentials.find(token);
        // A right token is let in however many wrong ones others have tried.
        if (!holder || !('approver' in holder)) {
          const waitMs = wrong.waitMs();
          if (waitMs > 0) {
            const { headers } = tooMany('', waitMs).toResponse();
            return html(signInPage({ message: 'Too many wrong tokens. Try again in a minute.' }), 429, {
              'retry-after': headers.get('retry-after') ?? '60',
            });
          }
          wrong.count();
          return html(signInPage({ message: 'That is not the token of an approver.' }), 401);
        }
        const before = sessionIdOf(call);
        if (before !== undefined) sessions.end(before);
        return toPage(origin, sessions.open(holder.approver).id, SESSION_MS);
      },
    },
    {
      method: 'POST',
      path: '/sign-out',
      door: 'anyone',
      serve(call) {
        checkSameOrigin(call);
        const id = sessionIdOf(call);
        if (id !== undefined) sessions.end(id);
        return toPage(call.origin, '', 0);
      },
    },
    {
      method: 'GET',
      path: '/:file{[a-z-]+\\.(?:css|js)}',
      door: 'anyone',
      serve({ url }) {
        files ??= pageFiles();
        const file = files.get(url.pathname);
        if (!file) throw notFound('There is nothing here.');
        return new Response(file.text, { headers: { 'content-type': file.contentType } });
      },
    },
  ];
}

function html(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } });
}

function toPage(origin: string, sessionId: string, lifeMs: number): Response {
  const headers = { location: '/', 'set-cookie': sessionCookie(origin, sessionId, lifeMs) };
  return new Response(null, { status: 303, headers });
}
