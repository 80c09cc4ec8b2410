import type { OpenAIClient, RunParamsOf } from './client.ts';
import type { CommonRunOptions } from './options.ts';
import type { OnExpired } from './run/resume.ts';

/** What the handlers of a run get as `call.context`; needed when a handler wants one. */
type WithContext<Context> = unknown extends Context ? { readonly context?: Context } : { readonly context: Context };

export type ServeOptions<Context> = CommonRunOptions & WithContext<Context>;
export type RunOptions<Context, Client extends OpenAIClient> = ServeOptions<Context> & {
  readonly params?: RunParamsOf<Client> | undefined;
};

export type ResumeOptions<Context> = ServeOptions<Context> & {
  /** What to do when the API has given up the run. Default `report`. */
  readonly onExpired?: OnExpired | undefined;
};

/** The options may be left out unless a handler wants a context. */
export type MaybeOptional<Options, Context> = unknown extends Context ? [options?: Options] : [options: Options];
