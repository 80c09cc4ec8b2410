/** The part of `pg` that the tests and examples use: its types would be one more package. */
declare module 'pg' {
  export class Pool {
    constructor(options: { connectionString?: string | undefined; max?: number; connectionTimeoutMillis?: number });
    query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
    on(event: 'error', listener: (error: Error) => void): this;
    end(): Promise<void>;
  }
  const pg: { readonly Pool: typeof Pool };
  export default pg;
}
