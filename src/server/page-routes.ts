import type { Credentials } from './credentials.ts';
import { checkSameOrigin } from './authenticate.ts';
import { approvalsPage, signInPage } from './page/html.ts';
import { notFound, rateLimited } from './http-error.ts';
import { mediaType, readText } from './read-request.ts';
import type { Route } from './router.ts';
import { sessionCookie, sessionIdOf, SESSION_MS, type Sessions } from './sessions.ts';
import { SlidingWindowRateLimiter } from './rate-limiter.ts';
import { readFileSync } from 'node:fs';

const MAX_WRONG_SIGN_INS_PER_MINUTE = 10;
/** Small, because the endpoint accepts requests without credentials. */
const MAX_SIGN_IN_BYTES = 4 * 1024;

/** Serves the approvals page: its HTML, its files, sign-in and sign-out. */
export function pageRoutes(credentials: Credentials, sessions: Sessions, now: () => number): readonly Route[] {
  const wrongSignIns = new SlidingWindowRateLimiter(MAX_WRONG_SIGN_INS_PER_MINUTE, now);
  let files: ReturnType<typeof pageFiles> | undefined;
  return [
    {
      method: 'GET',
      path: '/',
      role: 'anyone',
      serve(context) {
        const id = sessionIdOf(context);
        const session = id === undefined ? undefined : sessions.find(id);
        return html(session ? approvalsPage({ name: session.name, csrfToken: session.csrfToken }) : signInPage());
      },
    },
    {
      method: 'POST',
      path: '/sign-in',
      role: 'anyone',
      async serve(context) {
        const { request, origin } = context;
        checkSameOrigin(context);
        const isForm = mediaType(request) === 'application/x-www-form-urlencoded';
        const token = isForm
          ? (new URLSearchParams(await readText(request, MAX_SIGN_IN_BYTES)).get('token')?.trim() ?? '')
          : '';
        const holder = credentials.find(token);
        // Only wrong tokens count, so that an attacker cannot lock an approver out.
        if (!holder || !('approver' in holder)) {
          const waitMs = wrongSignIns.waitMs();
          if (waitMs > 0) {
            const { headers } = rateLimited('', waitMs).toResponse();
            return html(signInPage({ message: 'Too many wrong tokens. Try again in a minute.' }), 429, {
              'retry-after': headers.get('retry-after') ?? '60',
            });
          }
          wrongSignIns.count();
          return html(signInPage({ message: 'This is not an approver token.' }), 401);
        }
        const previous = sessionIdOf(context);
        if (previous !== undefined) sessions.end(previous);
        return redirectToPage(origin, sessions.open(holder.approver).id, SESSION_MS);
      },
    },
    {
      method: 'POST',
      path: '/sign-out',
      role: 'anyone',
      serve(context) {
        checkSameOrigin(context);
        const id = sessionIdOf(context);
        if (id !== undefined) sessions.end(id);
        return redirectToPage(context.origin, '', 0);
      },
    },
    {
      method: 'GET',
      path: '/:file{[a-z-]+\\.(?:css|js)}',
      role: 'anyone',
      serve({ url }) {
        files ??= pageFiles();
        const file = files.get(url.pathname);
        if (!file) throw notFound('Not found.');
        return new Response(file.text, { headers: { 'content-type': file.contentType } });
      },
    },
  ];
}

function html(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } });
}

function redirectToPage(origin: string, sessionId: string, lifetimeMs: number): Response {
  const headers = { location: '/', 'set-cookie': sessionCookie(origin, sessionId, lifetimeMs) };
  return new Response(null, { status: 303, headers });
}

export interface PageFile {
  readonly contentType: string;
  readonly text: string;
}

const FILES = [
  'page.css',
  'controls.css',
  'card.css',
  'values.css',
  'records.css',
  'sign-in.css',
  'page.js',
  'connection.js',
  'card.js',
  'call.js',
  'records.js',
  'decided.js',
  'edit.js',
  'freeze.js',
  'grants.js',
  'keys.js',
  'values.js',
  'elements.js',
  'times.js',
] as const;

const CONTENT_TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** The page's files by path (`/page.js`). They contain no secrets. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  return new Map(
    FILES.map((file) => [
      `/${file}`,
      {
        contentType: CONTENT_TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'text/plain',
        text: readFileSync(new URL(`page/${file}`, import.meta.url), 'utf8'),
      },
    ]),
  );
}
