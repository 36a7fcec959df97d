-- Whom events are pushed to, how far each has them, and what each did not take. The feed itself and the history of clues
-- are the queues: a target keeps its place in them, so that nothing has to be copied and nothing is lost.
CREATE TABLE push_target (
    name       TEXT PRIMARY KEY,            -- what people call it; of one given with --push, its address
    kind       TEXT    NOT NULL CHECK (kind IN ('https', 'folder', 'webhook')),
    address    TEXT    NOT NULL,            -- a URL, or the path of a folder
    options    TEXT    NOT NULL,            -- JSON
    added_ms   INTEGER NOT NULL,
    removed_ms INTEGER,                     -- from when nothing goes out to it; the row stays, dead letters name it
    feed_seq   INTEGER NOT NULL DEFAULT 0,  -- last feed event settled: taken, or a dead letter
    clue_seq   INTEGER NOT NULL DEFAULT 0,  -- the same of clue_history, for webhooks
    attempts   INTEGER NOT NULL DEFAULT 0,  -- failed attempts since the last success
    next_ms    INTEGER NOT NULL DEFAULT 0,  -- the next attempt, not before
    last_error TEXT,                        -- what the last attempt met
    taken_ms   INTEGER,                     -- last success
    taken      INTEGER NOT NULL DEFAULT 0,  -- events taken in all
    failures   INTEGER NOT NULL DEFAULT 0   -- attempts failed in all
) STRICT;

-- Events a target did not take for good, with its own words. They wait for an operator's resend and are kept after it.
CREATE TABLE push_dead (
    id         INTEGER PRIMARY KEY,
    target     TEXT    NOT NULL,
    source     TEXT    NOT NULL CHECK (source IN ('feed', 'clue')),
    seq        INTEGER NOT NULL,            -- number in the feed or in clue_history
    reason     TEXT    NOT NULL,
    dead_ms    INTEGER NOT NULL,            -- when it was given up, last
    resend_ms  INTEGER,                     -- an operator wants it sent again
    settled_ms INTEGER,                     -- taken after a resend
    UNIQUE (target, source, seq)
) STRICT;
CREATE INDEX push_dead_open ON push_dead (target, id) WHERE settled_ms IS NULL;

-- Targets were addresses with one row an event.
INSERT INTO push_target (name, kind, address, options, added_ms, feed_seq)
SELECT target, 'https', target, '{"from_command_line":true,"plain_http":true}', 0,
       COALESCE(MIN(CASE WHEN delivered_ms IS NULL THEN seq END) - 1, MAX(seq))
FROM outbox GROUP BY target;
DROP TABLE outbox;
