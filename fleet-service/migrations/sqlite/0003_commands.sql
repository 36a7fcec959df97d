-- Commands to terminals: parameters, texts, areas and the like. A row lives from the officer's request to the terminal's
-- answer or the command's end, and is kept: the audit trail names it.
CREATE TABLE command (
    id          INTEGER PRIMARY KEY,
    terminal    TEXT    NOT NULL,   -- JT/T 808 identity without padding
    kind        TEXT    NOT NULL,   -- set_parameters, text, download_areas …
    asked       TEXT    NOT NULL,   -- the command as JSON, as it was asked for
    by_whom     TEXT    NOT NULL,   -- an officer's name, or "registers" for what a new register version set off
    state       TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'answered', 'expired')),
    created_ms  INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL,   -- queued or unanswered at this moment, it expires
    sent_ms     INTEGER,            -- last time it went out
    answered_ms INTEGER,
    outcome     TEXT CHECK (outcome IN ('ok', 'failed', 'unsupported')),
    result      TEXT                -- what the terminal answered, as JSON
) STRICT;
CREATE INDEX command_by_terminal ON command (terminal, id);
CREATE INDEX command_by_state ON command (state, expires_ms);

-- Areas and routes each terminal was given, by the id they have on the device: what a new register version is compared
-- with, and what an area report (extras 0x11 to 0x13) is read by.
CREATE TABLE terminal_area (
    terminal TEXT    NOT NULL,
    shape    TEXT    NOT NULL CHECK (shape IN ('circle', 'rectangle', 'polygon', 'route')),
    area_id  INTEGER NOT NULL,   -- 1 to 4294967295
    means    TEXT    NOT NULL,   -- what it stands for, as JSON
    given_ms INTEGER NOT NULL,   -- when the terminal took it
    PRIMARY KEY (terminal, shape, area_id)
) STRICT, WITHOUT ROWID;

-- Terminals whose areas are kept as the registers say: from a download on, until all are deleted.
CREATE TABLE terminal_kept (
    terminal TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
