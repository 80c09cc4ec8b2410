/**
 * The tables of `postgresJournal`.
 *
 * A run's row changes with each append, so no index has a column that then changes: Postgres updates such a row in place.
 * Run ids and keys compare by bytes ("C"), which is faster and the same on every server.
 */
export const JOURNAL_TABLES = `
CREATE TABLE store (
  id text PRIMARY KEY
);
INSERT INTO store (id) VALUES (gen_random_uuid()::text);

CREATE TABLE runs (
  id text COLLATE "C" PRIMARY KEY,
  -- Grows with each new holder: an append with an older epoch writes nothing.
  epoch integer NOT NULL,
  -- A random name of the holder, and its process as JSON; null if no process serves the run.
  holder text,
  process text,
  -- The end of the lease; the time of the release if no process serves the run.
  held_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Null while the run is open.
  ended_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX runs_open ON runs (created_at) WHERE ended_at IS NULL;
CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE events (
  run_id text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  -- The event's number in its run, from 1, without gaps.
  seq integer NOT NULL,
  at timestamptz NOT NULL,
  -- JSON: the key and the event. Not of a JSON type, which refuses U+0000.
  entry text NOT NULL,
  PRIMARY KEY (run_id, key)
);
`;

/** Lists the newest runs. The journals of keys only lead to runs. */
export const RUN_LIST = `
CREATE INDEX runs_newest ON runs (created_at, id) WHERE id NOT LIKE 'key:%';
`;
