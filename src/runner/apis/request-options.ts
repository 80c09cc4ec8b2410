/** What the drivers say with a request; each SDK takes more. */
export interface RequestOptions {
  signal?: AbortSignal;
  maxRetries?: number;
  timeout?: number;
}
