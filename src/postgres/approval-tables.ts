/**
 * The tables of the gateway: approvals and grants, the freeze, and what the replicas of a gateway server share.
 *
 * Times are epoch milliseconds of the database's clock, as in an approval. JSON is text: the JSON types of Postgres refuse U+0000
 * and rewrite numbers, but what was scanned is what runs.
 */
export const APPROVAL_TABLES = `
-- Grows with each change: polled by replicas that cannot listen.
CREATE SEQUENCE changes;

CREATE TABLE approvals (
  id text COLLATE "C" PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  -- Of the last change. The next one applies only if the approval is still as it was read.
  revision bigint NOT NULL DEFAULT nextval('changes'),
  call_hash text COLLATE "C" NOT NULL,
  -- SHA-256 of the key or agent whose limit it counts towards.
  requester text COLLATE "C" NOT NULL,
  is_grant boolean NOT NULL,
  status text NOT NULL,
  used_by text,
  -- Of the freeze that made it expire: comes before the status and the note of the entry.
  void_note text,
  expires_at bigint NOT NULL,
  -- The decision, or the expiry.
  ended_at bigint NOT NULL,
  -- Only of a large call: when its arguments and headers are dropped.
  call_ends_at bigint,
  is_call_gone boolean NOT NULL DEFAULT false,
  -- When onApprovalSettled is called with it, unless it has been.
  announce_at bigint,
  arguments text,
  headers text,
  -- JSON: all fields but the arguments and headers.
  entry text NOT NULL
);
CREATE INDEX approvals_call ON approvals (call_hash);
CREATE INDEX approvals_expiry ON approvals (expires_at);
CREATE INDEX approvals_pending ON approvals (expires_at) WHERE status = 'pending' AND NOT is_grant;
CREATE INDEX approvals_ended ON approvals (ended_at) WHERE status <> 'pending' AND NOT is_grant;
CREATE INDEX approvals_requester ON approvals (requester) WHERE status = 'pending';
CREATE INDEX approvals_grants ON approvals (position) WHERE is_grant;
CREATE INDEX approvals_large ON approvals (call_ends_at) WHERE call_ends_at IS NOT NULL;
CREATE INDEX approvals_announce ON approvals (announce_at) WHERE announce_at IS NOT NULL;

CREATE TABLE frozen (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  revision bigint NOT NULL DEFAULT nextval('changes'),
  -- JSON
  entry text NOT NULL
);

-- Of the approvals page.
CREATE TABLE sessions (
  -- SHA-256 of the secret.
  hash text COLLATE "C" PRIMARY KEY,
  expires_at bigint NOT NULL,
  approver text NOT NULL,
  token_id text NOT NULL
);

-- Not logged: a crash of the database resets the limits, and a count needs no write to the disk.
CREATE UNLOGGED TABLE rates (
  name text COLLATE "C" PRIMARY KEY,
  -- Epoch minute, and the events in it and in the one before.
  minute bigint NOT NULL,
  events integer NOT NULL,
  earlier integer NOT NULL
);

CREATE TABLE audit_log (
  id bigint PRIMARY KEY DEFAULT nextval('changes'),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  type text NOT NULL,
  -- JSON
  entry text NOT NULL
);
CREATE INDEX audit_log_decisions ON audit_log (id) WHERE type = 'decision';
CREATE INDEX audit_log_at ON audit_log (at);

CREATE TABLE usage (
  day text COLLATE "C" NOT NULL,
  -- SHA-256, since an id may be of any length.
  principal_hash text COLLATE "C" NOT NULL,
  -- JSON
  principal text NOT NULL,
  tokens float8 NOT NULL,
  cost float8 NOT NULL,
  PRIMARY KEY (day, principal_hash)
);

CREATE FUNCTION notify_changed() RETURNS trigger LANGUAGE plpgsql AS $notify$
BEGIN
  PERFORM pg_notify(TG_TABLE_SCHEMA, '');
  RETURN NULL;
END
$notify$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION notify_changed();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON frozen FOR EACH STATEMENT EXECUTE FUNCTION notify_changed();
CREATE TRIGGER changed AFTER INSERT ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION notify_changed();
`;
