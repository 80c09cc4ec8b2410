/** Runs functions a few at a time; the runner's runs share it. */
export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;
