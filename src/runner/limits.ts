/**
 * The library's own time limits and pauses, in milliseconds. They are no options: a user has no reason to change them.
 * Tests shorten them, so that no test waits for a real timeout.
 */
export interface Limits {
  /** Pause before the first and the longest pause between two polls of an approval. An approver may be watching. */
  approvalPollFirstMs: number;
  approvalPollMaxMs: number;
  /** The last poll of an approval may take this much longer than the approval's own limit. */
  approvalPollLastMs: number;
  /** Opening a journal, where no limit of a run applies. */
  journalOpenMs: number;
  /** Flushing a journal and releasing its file. */
  journalCloseMs: number;
  /** Cancelling a run with `runner.cancel`. */
  cancelMs: number;
  /** Leaving early: waiting for the API to confirm that a run, response or turn has stopped. */
  leaveMs: number;
  /** Leaving early: part of `leaveMs` for the response to a run's creation, which its tag can find later. */
  leaveCreationMs: number;
  /** Leaving early: looking for a response that was lost. */
  leaveLookMs: number;
  /** Fetching the final text of a run of the Assistants API, of a session. */
  assistantsTextMs: number;
  sessionTextMs: number;
  /** Reading a session before it is served. */
  sessionReadMs: number;
  /** Reading a session's turn when it has ended. */
  turnReadMs: number;
  /** A session that is idle this long has ended, where the API does not report its turn. */
  sessionIdleMs: number;
  /** Pause between two reads of a session while its events arrive: events can be late or missing. */
  sessionSafetyReadMs: number;
  /** Pause before the next read of a session, when events arrived during one. */
  sessionPostponedReadMs: number;
  /** Waiting for a session's event stream to open. */
  sessionStreamReadyMs: number;
  /** A result that the API accepted and still asks for is sent again after this. */
  resultResendMs: number;
  /** Pauses before a result is sent again, because the API showed the call before it accepts a result for it. */
  resultRetryMs: readonly number[];
  /** A stream that is silent this long is checked against the API's state. */
  streamSilentMs: number;
  /** One such check. */
  streamProbeMs: number;
  /** A stream that has never mentioned its run counts as a lost response after this. */
  streamUnknownMs: number;
  /** Retrieving a response whose stream broke: the API ends a response without a reader. */
  responseRetrieveMs: number;
  /** Reading the newest item of a conversation before the first request. */
  conversationBaselineMs: number;
  /** Looking for the response to a request of which the journal has no response. */
  journalLookMs: number;
  /** The longest `Retry-After` of the OpenAI API that is honoured, as in the SDK. */
  retryAfterMaxMs: number;
  /** Pause before the first, and the longest pause between two attempts to reach the gateway. */
  gatewayRetryFirstMs: number;
  gatewayRetryMaxMs: number;
}

export const limits: Limits = {
  approvalPollFirstMs: 500,
  approvalPollMaxMs: 5_000,
  approvalPollLastMs: 1_000,
  journalOpenMs: 10_000,
  journalCloseMs: 5_000,
  cancelMs: 30_000,
  leaveMs: 10_000,
  leaveCreationMs: 1_000,
  leaveLookMs: 2_000,
  assistantsTextMs: 10_000,
  sessionTextMs: 5_000,
  sessionReadMs: 10_000,
  turnReadMs: 10_000,
  sessionIdleMs: 3_000,
  sessionSafetyReadMs: 5_000,
  sessionPostponedReadMs: 100,
  sessionStreamReadyMs: 5_000,
  resultResendMs: 10_000,
  resultRetryMs: [100, 300, 600, 1_500],
  streamSilentMs: 5_000,
  streamProbeMs: 10_000,
  streamUnknownMs: 60_000,
  responseRetrieveMs: 10_000,
  conversationBaselineMs: 3_000,
  journalLookMs: 10_000,
  retryAfterMaxMs: 60_000,
  gatewayRetryFirstMs: 250,
  gatewayRetryMaxMs: 5_000,
};
