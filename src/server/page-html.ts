import { RUNS_VIEW } from './runs-html.ts';

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
<link rel="stylesheet" href="/list.css">
<link rel="stylesheet" href="/card.css">
<link rel="stylesheet" href="/values.css">
<link rel="stylesheet" href="/records.css">
<link rel="stylesheet" href="/runs.css">
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
<nav class="views" aria-label="Views"><a href="#pending" id="to-approvals">Approvals</a><a href="#runs" id="to-runs">Runs</a></nav>
<p class="connection" id="connection" role="status" data-state="connecting">Connecting…</p>
<p class="signed-in">
<button type="button" class="quiet" id="notify" hidden></button>
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
<dialog id="bulk-dialog" aria-labelledby="bulk-title">
<form method="dialog">
<h2 id="bulk-title">Deny these calls?</h2>
<ul class="named" id="bulk-list"></ul>
<label>Note for the record (optional) <input class="note" id="bulk-note" type="text" maxlength="1000" autocomplete="off"></label>
<p class="shown" id="bulk-progress" role="status"></p>
<div class="decide"><button value="cancel" class="quiet">Close</button><button type="button" class="deny armed" id="bulk-confirm"></button></div>
</form>
</dialog>
<main id="approvals-view">
<h1 class="unseen">Approvals</h1>
<section id="linked" tabindex="-1" aria-label="The call of your link" hidden></section>
<section aria-labelledby="pending">
<div class="section-head">
<h2 id="pending" tabindex="-1">Waiting for you <span class="count" id="pending-count"></span></h2>
<details class="legend"><summary>Keys</summary>
<p><kbd>j</kbd> <kbd>k</kbd> next, previous call · <kbd>Enter</kbd> open, close · <kbd>/</kbd> filter · in a call: <kbd>a</kbd> <kbd>a</kbd> approve, <kbd>d</kbd> <kbd>d</kbd> deny, <kbd>e</kbd> edit, <kbd>n</kbd> note, <kbd>r</kbd> reveal, <kbd>x</kbd> select, <kbd>Esc</kbd> back</p></details>
</div>
<div class="filters" id="pending-tools" hidden>
<label class="check"><input type="checkbox" id="select-all"> Select all</label>
<label class="search">Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" placeholder="tool, agent, principal, words…"></label>
<label>Group by <select id="group-by"><option value="">nothing</option><option value="agent">agent</option><option value="tool">tool</option><option value="principal">principal</option></select></label>
<label>Sort by <select id="sort-by"><option value="time">time left</option><option value="risk">risk</option></select></label>
<span class="shown" id="pending-shown" role="status"></span>
</div>
<div id="cards"></div>
<p class="empty" id="no-match" hidden>No pending call matches the filter. <button type="button" class="quiet" id="clear-filter">Clear the filter</button></p>
<p class="empty" id="no-cards" hidden>Nothing waits for you. Calls that a rule holds appear here, and their number in the title of this tab.</p>
<div class="empty" id="first-steps" hidden>
<p>No calls yet. Start an agent with this gateway’s address and the API key that <code>gateway</code> printed:</p>
<pre>INTERVEN_GATEWAY_URL=<span id="own-address"></span>
INTERVEN_API_KEY=…</pre>
<p>Calls that a rule holds (<code>REQUIRE_APPROVAL</code>) then appear here, and all decisions below.</p>
</div>
<div class="selection" id="selection" hidden>
<button type="button" class="quiet" id="clear-selection">Clear the selection</button>
<button type="button" class="deny" id="deny-selected"></button>
</div>
</section>
<section aria-labelledby="grants" id="grants-section" hidden>
<h2 id="grants">Calls that need no approval</h2>
<ul class="records" id="grant-list"></ul>
<p class="empty" id="no-grants" hidden>No grants.</p>
</section>
<section aria-labelledby="decided">
<h2 id="decided">Decided by people</h2>
<ul class="records" id="decided-list"></ul>
<p class="empty" id="no-decided" hidden>No decisions by people yet. Calls that you or others approve or deny are listed here for about ten minutes.</p>
</section>
<section aria-labelledby="decisions">
<div class="section-head">
<h2 id="decisions">Recent gateway decisions</h2>
<p class="shown" id="decisions-shown" role="status"></p>
</div>
<div class="filters" id="decisions-filters">
<div class="choices" id="decision-filter" role="group" aria-label="Decision"></div>
<label>Tool <select id="tool-filter"><option value="">All tools</option></select></label>
<label class="search">Search <input id="text-filter" type="search" autocomplete="off" spellcheck="false" placeholder="agent, rule, reason…"></label>
</div>
<ul class="records" id="decision-list"></ul>
<p class="empty" id="no-decisions" hidden>No decisions yet. Every call that an agent asks the gateway about is listed here.</p>
<p class="empty" id="no-matching-decisions" hidden>No decision matches. Choose All, or change the search.</p>
</section>
<section aria-labelledby="explain">
<h2 id="explain">Explain a call</h2>
<form id="explain-form">
<label for="explain-call">The rules judge a call that you paste, and say why. It does not run, and nothing is requested or counted.</label>
<textarea class="written" id="explain-call" rows="3" spellcheck="false" autocomplete="off" required placeholder='{"function":"send_email","arguments":{"to":"ann@example.com"}}'></textarea>
<button type="submit">Explain</button>
</form>
<p class="failure" id="explain-problem" role="alert" hidden></p>
<div id="explain-answer" aria-live="polite"></div>
</section>
</main>
${RUNS_VIEW}
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
