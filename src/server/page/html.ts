/**
 * The page, as HTML. It is the same for everyone: `session.js` shows the form for the token until an approver is signed in,
 * and `page.js` fills the rest.
 */
export function page(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Interven approvals</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<link rel="stylesheet" href="/page.css">
<link rel="stylesheet" href="/controls.css">
<link rel="stylesheet" href="/card.css">
<link rel="stylesheet" href="/values.css">
<link rel="stylesheet" href="/records.css">
<link rel="stylesheet" href="/sign-in.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<noscript><p class="failure">This page needs JavaScript to show pending approvals.</p></noscript>
<div class="sign-in" id="sign-in" hidden>
<main>
${BRAND}
<h1>Sign in to decide</h1>
<p class="failure" id="sign-in-failure" role="alert" hidden></p>
<form method="post" action="/sign-in">
<input name="username" type="text" autocomplete="username" value="approver" hidden>
<label for="token">Approver token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required aria-describedby="sign-in-failure hint">
<p class="hint" id="hint">The token identifies you in the audit log. API keys of agents do not work here.</p>
<button type="submit" class="primary">Sign in</button>
</form>
</main>
</div>
<div id="app" hidden>
<a class="skip" href="#pending">Skip to pending approvals</a>
<header class="top">
${BRAND}
<p class="connection" id="connection" role="status" data-state="connecting">Connecting…</p>
<p class="signed-in">
<button type="button" class="quiet" id="freeze" disabled>Freeze</button>
<span>Signed in as <strong id="approver"></strong></span>
<button type="button" class="quiet" id="sign-out">Sign out</button>
</p>
</header>
<p class="failure" id="trouble" role="alert" hidden></p>
<div class="failure frozen" id="frozen" role="alert" hidden>
<p id="frozen-text"></p>
<button type="button" class="quiet" id="unfreeze">End the freeze</button>
</div>
<dialog id="freeze-dialog" aria-labelledby="freeze-title">
<form method="dialog">
<h2 id="freeze-title">Deny every call?</h2>
<p>The gateway denies all calls of all agents at once, also approved ones, until an approver ends the freeze.</p>
<label>Reason, for the agents and the audit log <input class="note" id="freeze-reason" type="text" maxlength="1000" autocomplete="off"></label>
<label class="check"><input type="checkbox" id="freeze-void"> Also make pending and unused approvals expire</label>
<p class="failure" id="freeze-problem" role="alert" hidden></p>
<div class="decide"><button value="cancel" class="quiet">Cancel</button><button type="button" class="deny armed" id="freeze-confirm">Freeze the gateway</button></div>
</form>
</dialog>
<main>
<h1 class="unseen">Approvals</h1>
<section aria-labelledby="pending">
<div class="section-head">
<h2 id="pending" tabindex="-1">Waiting for you <span class="count" id="pending-count"></span></h2>
<p class="legend">Keys: <kbd>j</kbd> <kbd>k</kbd> next, previous; in a card: <kbd>a</kbd> <kbd>a</kbd> approve, <kbd>d</kbd> <kbd>d</kbd> deny, <kbd>e</kbd> edit, <kbd>n</kbd> note, <kbd>r</kbd> reveal</p>
</div>
<div id="cards"></div>
<p class="empty" id="no-cards" hidden>No pending approvals. New ones appear here automatically.</p>
</section>
<section aria-labelledby="grants" id="grants-section" hidden>
<h2 id="grants">Calls that need no approval</h2>
<ul class="records" id="grant-list"></ul>
<p class="empty" id="no-grants" hidden>No grants.</p>
</section>
<section aria-labelledby="decided">
<h2 id="decided">Decided by people</h2>
<ul class="records" id="decided-list"></ul>
<p class="empty" id="no-decided" hidden>No recent approvals.</p>
</section>
<section aria-labelledby="decisions">
<div class="section-head">
<h2 id="decisions">Recent gateway decisions</h2>
<p class="shown" id="decisions-shown" role="status"></p>
</div>
<div class="filters">
<div class="choices" id="decision-filter" role="group" aria-label="Decision"></div>
<label>Tool <select id="tool-filter"><option value="">All tools</option></select></label>
<label>Search <input id="text-filter" type="search" autocomplete="off" spellcheck="false" placeholder="agent, rule, reason…"></label>
</div>
<ul class="records" id="decision-list"></ul>
<p class="empty" id="no-decisions" hidden>No matching decisions.</p>
</section>
</main>
<p class="unseen" id="announcements" aria-live="polite"></p>
</div>
</body>
</html>
`;
}

/** A shield with a tick; a `data:` URL, because the page loads nothing from other hosts. */
const ICON_SHAPES =
  '<path d="M16 3 27 7v8c0 7-4.5 11.5-11 14C9.5 26.5 5 22 5 15V7z" fill="#1d5bbf"/>' +
  '<path d="m11 15.5 3.6 3.6L21.5 12" fill="none" stroke="#fff" stroke-width="2.8"/>';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${ICON_SHAPES}</svg>`;

const BRAND = `<span class="brand"><svg viewBox="0 0 32 32" aria-hidden="true">${ICON_SHAPES}</svg>Interven <span class="brand-part">approvals</span></span>`;
