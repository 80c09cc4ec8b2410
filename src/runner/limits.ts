/**
 * The library's own time limits and pauses, in milliseconds. They are not options: a user has no reason to change them.
 * Tests shorten them, so that no test waits for a real timeout.
 */
export interface Limits {
  /** The first and the longest pause between two polls of an approval. Short, because an approver may be watching. */
  approvalPollFirstMs: number;
  approvalPollMaxMs: number;
  /** The least time between two polls of approvals, over all calls of a runner that wait. */
  approvalPollSpacingMs: number;
  /** Time that the last poll of an approval may take beyond the approval's own limit. */
  approvalPollLastMs: number;
  /** Running a tool's own code before a call is decided: its schema, its `needsApproval`. */
  toolCodeMs: number;
  /** One answer of a `usageStore`. */
  usageStoreMs: number;
  /** Opening a journal outside a run. */
  journalOpenMs: number;
  /** Flushing a journal and releasing its file. */
  journalCloseMs: number;
  /** Cancelling a run with `runner.cancel`. */
  cancelMs: number;
  /** Leaving early: part of the option `leaveMs` for the response to a run's creation, or to a session's input. */
  leaveCreationMs: number;
  /** Leaving early: searching for a lost response. */
  leaveLookMs: number;
  /**
   * Time for which a run may still require outputs that were sent, because the read is older or the request late,
   * before they are sent again.
   */
  outputsSettleMs: number;
  /** Listing the steps of an Assistants API run. */
  assistantsStepsMs: number;
  /** Fetching the final text of an Assistants API run, and of a session. */
  assistantsTextMs: number;
  sessionTextMs: number;
  /** One request of an Azure client, which has no limit of its own. */
  azureRequestMs: number;
  /** Reading a session before it is served. */
  sessionReadMs: number;
  /** Time that the API may take to cancel a session's turn before the runner requests it again. */
  sessionRecancelMs: number;
  /** Reading a session's turns. */
  turnReadMs: number;
  /** Idle time after which a session has ended, if the API does not report its turn. */
  sessionIdleMs: number;
  /** Pause between two reads of a session while its events arrive: events can be late or missing. */
  sessionSafetyReadMs: number;
  /** Pause before the next read of a session after events arrived during a read. */
  sessionPostponedReadMs: number;
  /** Waiting for a session's event stream to open. */
  sessionStreamReadyMs: number;
  /** Pause between two looks whether a session requests an answered call again, or a new one with its id. */
  callLookMs: number;
  /** Time after which a result is sent again that the API accepted but still requests. */
  resultResendMs: number;
  /** Pauses between attempts to send a result: the API may list a call before it accepts a result for it. */
  resultRetryMs: readonly number[];
  /** Silence after which a stream is checked against the API's state. */
  streamSilentMs: number;
  /** Checking a silent stream against the API's state. */
  streamProbeMs: number;
  /** Silence after which a stream that has not reported its run counts as a lost response. */
  streamUnknownMs: number;
  /**
   * Retrieving a response whose stream broke. Short, because the API cancels a foreground response without a reader.
   */
  responseRetrieveMs: number;
  /** Reading the newest item of a conversation before the first request. */
  conversationBaselineMs: number;
  /** Searching for the response to a request that the API rejects because it has processed it before. */
  responseSearchMs: number;
  /** Searching for the response to a request whose response is not in the journal. */
  journalLookMs: number;
  /** The first and the longest pause between two attempts of a request to the OpenAI API, as the SDK's. */
  apiRetryFirstMs: number;
  apiRetryMaxMs: number;
  /** The longest `Retry-After` of the OpenAI API that the runner honours, as the SDK does. */
  retryAfterMaxMs: number;
  /** The first and the longest pause between two attempts to reach the gateway. */
  gatewayRetryFirstMs: number;
  gatewayRetryMaxMs: number;
}

export const limits: Limits = {
  approvalPollFirstMs: 500,
  approvalPollMaxMs: 5_000,
  approvalPollSpacingMs: 20,
  approvalPollLastMs: 1_000,
  toolCodeMs: 10_000,
  usageStoreMs: 10_000,
  journalOpenMs: 10_000,
  journalCloseMs: 5_000,
  cancelMs: 30_000,
  leaveCreationMs: 1_000,
  leaveLookMs: 2_000,
  outputsSettleMs: 3_000,
  assistantsStepsMs: 10_000,
  assistantsTextMs: 10_000,
  sessionTextMs: 5_000,
  azureRequestMs: 60_000,
  sessionReadMs: 10_000,
  sessionRecancelMs: 2_000,
  turnReadMs: 10_000,
  sessionIdleMs: 3_000,
  sessionSafetyReadMs: 5_000,
  sessionPostponedReadMs: 100,
  sessionStreamReadyMs: 5_000,
  callLookMs: 250,
  resultResendMs: 10_000,
  resultRetryMs: [100, 300, 600, 1_500],
  streamSilentMs: 5_000,
  streamProbeMs: 10_000,
  streamUnknownMs: 60_000,
  responseRetrieveMs: 10_000,
  conversationBaselineMs: 3_000,
  responseSearchMs: 3_000,
  journalLookMs: 10_000,
  apiRetryFirstMs: 500,
  apiRetryMaxMs: 8_000,
  retryAfterMaxMs: 60_000,
  gatewayRetryFirstMs: 250,
  gatewayRetryMaxMs: 5_000,
};
