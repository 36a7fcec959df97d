-- Terminals of any maker: who a registrar let in or shut out, who knocks, and what they send that nothing here reads.

ALTER TABLE device ADD COLUMN maker TEXT NOT NULL DEFAULT '';  -- as the terminal stated at its last registration
ALTER TABLE device ADD COLUMN model TEXT NOT NULL DEFAULT '';

-- A registrar's word on a terminal, over what the registers say. One row a terminal; the audit trail keeps the history.
CREATE TABLE terminal_right (
    seq               INTEGER PRIMARY KEY,   -- grows with every word: a running service reads what came after
    terminal          TEXT    NOT NULL UNIQUE,
    plate             TEXT,                  -- truck it is admitted for; NULL when its right is revoked
    profile           TEXT,                  -- name of the vendor profile its reports are read by
    register_terminal TEXT,                  -- terminal the registers named for the truck then: when they name another, this ends
    decided_ms        INTEGER NOT NULL,
    decided_by        TEXT    NOT NULL
) STRICT;

-- Terminals that asked and were refused, for a registrar to admit. Bounded: the longest unseen go.
CREATE TABLE pending_terminal (
    terminal  TEXT PRIMARY KEY,      -- identity without padding
    phone     TEXT    NOT NULL,      -- identity as sent
    maker     TEXT    NOT NULL,      -- the next five as stated in its registration, empty when it only authenticated
    model     TEXT    NOT NULL,
    device_id TEXT    NOT NULL,
    plate     TEXT    NOT NULL,
    colour    INTEGER,
    revision  TEXT    NOT NULL,      -- of JT/T 808: 2011, 2013 or 2019; 2013 for either of the first two when it only authenticated
    refusal   TEXT    NOT NULL,      -- why it was refused last
    address   TEXT    NOT NULL,      -- from where it came last
    first_ms  INTEGER NOT NULL,
    last_ms   INTEGER NOT NULL,
    attempts  INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_terminal_by_last ON pending_terminal (last_ms);

-- Messages kept as they came. Bounded by terminal and in all: the oldest go.
CREATE TABLE raw_message (
    seq         INTEGER PRIMARY KEY,
    terminal    TEXT    NOT NULL,
    received_ms INTEGER NOT NULL,
    message_id  INTEGER NOT NULL,
    payload     BLOB    NOT NULL   -- the message's body, its parts put together
) STRICT;
CREATE INDEX raw_message_by_terminal ON raw_message (terminal, seq);

-- What raw_message holds of each terminal, changed in the same transactions.
CREATE TABLE raw_usage (
    terminal TEXT PRIMARY KEY,
    messages INTEGER NOT NULL,
    bytes    INTEGER NOT NULL
) STRICT;
