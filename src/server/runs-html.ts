/** The view of runs, as HTML. `runs.js` fills the list, `run.js` one run. */
export const RUNS_VIEW = `<main id="runs-view" hidden>
<section id="runs-section" aria-labelledby="runs">
<div class="section-head">
<h2 id="runs" tabindex="-1">Runs</h2>
<p class="shown" id="runs-shown" role="status"></p>
</div>
<div class="filters" id="runs-filters" hidden>
<div class="choices" role="group" aria-label="Runs">
<button type="button" id="runs-all" aria-pressed="true">All</button>
<button type="button" id="runs-open" aria-pressed="false">Not ended</button>
</div>
</div>
<p class="aside" id="runs-decided" hidden>“Decisions only”: this gateway has no journal of the run. It lists what it decided, of its newest 1,000 decisions; whether a handler ran is unknown.</p>
<ul class="records" id="run-list"></ul>
<button type="button" class="quiet" id="runs-more" hidden>Show older runs</button>
<p class="empty" id="no-runs" hidden>No runs yet. A run appears here with its first tool call, if its runner has this gateway’s journal.</p>
<p class="empty" id="no-open-runs" hidden>No run is open: all have ended.</p>
<div class="empty" id="no-journal" hidden>
<p>No runs yet. A run appears here with its first tool call, if the call’s scan names the run: an <code>IntervenGateway</code> needs <code>sendPrincipal: true</code>. To see handlers and outputs, too, give the gateway the directory that your runners have as <code>fileJournal(DIR)</code>:</p>
<pre>interven-openai-assistants gateway --journal DIR</pre>
<p>A gateway with <code>--postgres</code> shows the runs of <code>postgresJournal</code>. In your process: <code>createGatewayServer({ runs: journalRuns(journal) })</code>.</p>
</div>
</section>
<section id="run-section" aria-labelledby="run-title" hidden>
<p><a href="#runs">All runs</a></p>
<h2 id="run-title" tabindex="-1"></h2>
<div id="run-body"></div>
</section>
<p class="failure" id="runs-problem" role="alert" hidden></p>
</main>`;
