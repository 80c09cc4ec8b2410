import { BRAND, htmlDocument } from './document.ts';
import { escapeHtml } from './escape-html.ts';

/**
 * The page that asks for the approver's token, as HTML.
 *
 * @param message why it is asked again, as text
 */
export function signInPage({ message }: { message?: string } = {}): string {
  const failure =
    message === undefined ? '' : `<p class="failure" id="failure" role="alert">${escapeHtml(message)}</p>`;
  const describedBy = message === undefined ? 'hint' : 'failure hint';
  return htmlDocument({
    title: 'Sign in · Interven approvals',
    head: '<link rel="stylesheet" href="/sign-in.css">',
    body: `<body class="sign-in">
<main>
${BRAND}
<h1>Sign in to decide</h1>
${failure}
<form method="post" action="/sign-in">
<input name="username" type="text" autocomplete="username" value="approver" hidden>
<label for="token">Approver token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="${describedBy}">
<p class="hint" id="hint">The token names you in the record of every decision. An agent’s key does not open this page.</p>
<button type="submit" class="primary">Sign in</button>
</form>
</main>
</body>`,
  });
}
