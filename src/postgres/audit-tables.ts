/**
 * The chain of the audit log: each line carries its number and the SHA-256 of the line before it, as those of a file do.
 * The head has those of the newest line: its lock puts the lines of all gateways in one order.
 */
export const AUDIT_CHAIN = `
CREATE TABLE audit_head (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  seq bigint NOT NULL,
  hash text
);
INSERT INTO audit_head (seq) VALUES (0);

-- Lines that an earlier version wrote.
DECLARE
  old record;
BEGIN
  FOR old IN SELECT id, entry FROM audit_log ORDER BY id LOOP
    UPDATE audit_log SET entry = (SELECT ${chainedEntry('head', 'old.entry')} FROM audit_head AS head) WHERE id = old.id;
    UPDATE audit_head SET seq = seq + 1, hash = (SELECT ${hashOfEntry('entry')} FROM audit_log WHERE id = old.id);
  END LOOP;
END;
`;

/** The line of an entry that follows a line. */
export function chainedEntry(last: string, entry: string): string {
  return `'{"seq":' || ${last}.seq + 1 || ',"prev":' || coalesce('"' || ${last}.hash || '"', 'null') || ',' || substr(${entry}, 2)`;
}

export function hashOfEntry(entry: string): string {
  return `encode(sha256(convert_to(${entry}, 'UTF8')), 'hex')`;
}
