-- Files of listings and exits: proposal, notice, objection window, decision, end.
CREATE TABLE listing_file (
    seq       INTEGER PRIMARY KEY,
    number    TEXT    NOT NULL UNIQUE,
    uscc      TEXT    NOT NULL,
    measure   TEXT    NOT NULL CHECK (measure IN ('list', 'exit')),
    state     TEXT    NOT NULL,
    opened_ms INTEGER NOT NULL,
    record    TEXT    NOT NULL       -- the whole file as JSON
) STRICT;
CREATE INDEX listing_file_by_company ON listing_file (uscc, seq);
CREATE INDEX listing_file_by_state ON listing_file (state, seq);

-- Objections and requests for repair.
CREATE TABLE appeal (
    seq       INTEGER PRIMARY KEY,
    number    TEXT    NOT NULL UNIQUE,
    uscc      TEXT    NOT NULL,
    authority TEXT    NOT NULL,      -- who answers
    kind      TEXT    NOT NULL CHECK (kind IN ('objection', 'repair')),
    target    TEXT    NOT NULL,      -- `entry ID` or `file NUMBER`
    state     TEXT    NOT NULL,
    lodged_ms INTEGER NOT NULL,
    record    TEXT    NOT NULL       -- the whole appeal as JSON
) STRICT;
CREATE INDEX appeal_by_company ON appeal (uscc, state);
CREATE INDEX appeal_by_state ON appeal (state, seq);
-- Of one thing one objection and one request for repair is open at a time.
CREATE UNIQUE INDEX appeal_open ON appeal (target, kind) WHERE state = 'open';
