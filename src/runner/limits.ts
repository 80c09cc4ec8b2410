/**
 * The library's own time limits and pauses, in milliseconds. They are not options: a user has no reason to change them.
 * Tests shorten them, so that no test waits for a real timeout.
 */
export const limits = {
  /** The first and the longest pause between two polls of an approval. Short, because an approver may be watching. */
  approvalPollFirstMs: 500,
  approvalPollMaxMs: 5_000,
  /** The least time between two polls of approvals, over all calls of a runner that wait. */
  approvalPollSpacingMs: 20,
  /** Time that the last poll of an approval may take beyond the approval's own limit. */
  approvalPollLastMs: 1_000,
  /** Running a tool's own code before a call is decided: its schema, its `needsApproval`. */
  toolCodeMs: 10_000,
  /** One answer of a `usageStore`. */
  usageStoreMs: 10_000,
  /** Opening a journal outside a run. */
  journalOpenMs: 10_000,
  /** Flushing a journal and releasing its file. */
  journalCloseMs: 5_000,
  /** Cancelling a run with `runner.cancel`. */
  cancelMs: 30_000,
  /** Leaving early: part of the option `leaveMs` for the response to a run's creation, or to a session's input. */
  leaveCreationMs: 1_000,
  /** Leaving early: searching for a lost response. */
  leaveLookMs: 2_000,
  /**
   * Time for which a run may still require outputs that were sent, because the read is older or the request late,
   * before they are sent again.
   */
  outputsSettleMs: 3_000,
  /** Listing the steps of an Assistants API run. */
  assistantsStepsMs: 10_000,
  /** Fetching the final text of an Assistants API run, and of a session. */
  assistantsTextMs: 10_000,
  sessionTextMs: 5_000,
  /** One request of an Azure client, which has no limit of its own. */
  azureRequestMs: 60_000,
  /** Reading a session before it is served. */
  sessionReadMs: 10_000,
  /** Time that the API may take to cancel a session's turn before the runner requests it again. */
  sessionRecancelMs: 2_000,
  /** Reading a session's turns. */
  turnReadMs: 10_000,
  /** Idle time after which a session has ended, if the API does not report its turn. */
  sessionIdleMs: 3_000,
  /** Pause between two reads of a session while its events arrive: events can be late or missing. */
  sessionSafetyReadMs: 5_000,
  /** Pause before the next read of a session after events arrived during a read. */
  sessionPostponedReadMs: 100,
  /** Waiting for a session's event stream to open. */
  sessionStreamReadyMs: 5_000,
  /** Pause between two looks whether a session requests an answered call again, or a new one with its id. */
  callLookMs: 250,
  /** Time after which a result is sent again that the API accepted but still requests. */
  resultResendMs: 10_000,
  /** Pauses between attempts to send a result: the API may list a call before it accepts a result for it. */
  resultRetryMs: [100, 300, 600, 1_500] as readonly number[],
  /** Silence after which a stream is checked against the API's state. */
  streamSilentMs: 5_000,
  /** Checking a silent stream against the API's state. */
  streamProbeMs: 10_000,
  /** Silence after which a stream that has not reported its run counts as a lost response. */
  streamUnknownMs: 60_000,
  /**
   * Retrieving a response whose stream broke. Short, because the API cancels a foreground response without a reader.
   */
  responseRetrieveMs: 10_000,
  /** Reading the newest item of a conversation before the first request. */
  conversationBaselineMs: 3_000,
  /** Searching for the response to a request that the API rejects because it has processed it before. */
  responseSearchMs: 3_000,
  /** Searching for the response to a request whose response is not in the journal. */
  journalLookMs: 10_000,
  /** The first and the longest pause between two attempts of a request to the OpenAI API, as the SDK's. */
  apiRetryFirstMs: 500,
  apiRetryMaxMs: 8_000,
  /** The longest `Retry-After` of the OpenAI API that the runner honours, as the SDK does. */
  retryAfterMaxMs: 60_000,
  /** The first and the longest pause between two attempts to reach the gateway. */
  gatewayRetryFirstMs: 250,
  gatewayRetryMaxMs: 5_000,
};
