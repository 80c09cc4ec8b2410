export type { PostgresClient, PostgresOptions } from './postgres/client.ts';
export { migrate } from './postgres/migrations.ts';
