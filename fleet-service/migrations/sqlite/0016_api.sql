-- Requests sent with an Idempotency-Key, kept for a day, so that one sent again is answered as before and done once. A
-- row is written in the transaction that does what is asked, with the audit entry; its answer follows when it is known.
CREATE TABLE request_key (
    person      TEXT    NOT NULL,  -- who asked, by name
    key         TEXT    NOT NULL,  -- the header's text
    fingerprint BLOB    NOT NULL,  -- SHA-256 of method, address, content type and body
    made_ms     INTEGER NOT NULL,
    subject     TEXT,              -- what was done something to, as the audit trail names it
    status      INTEGER,           -- of the answer; NULL: done, but the service ended before it answered
    headers     TEXT,              -- JSON array of [name, value]: those of the answer that belong to its body
    body        BLOB,              -- NULL also where it is too large to keep
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_key_by_age ON request_key (made_ms);
