-- History: what trucks reported, as compressed columns. A file of its own beside the service's database: everything in it
-- follows from the report log, so it needs no sync of its own, takes no turn at the log's writer, and may be removed while
-- the service rests: it is built again. Moments are ms since 1970-01-01 UTC; an hour is their count of whole hours.

-- Whose: a plate, or the code of a tag that fixed readers saw.
CREATE TABLE subject (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE
) STRICT;

-- How far the chunks account for the report log. Moves in the transaction that stores them.
CREATE TABLE followed (
    id       INTEGER PRIMARY KEY CHECK (id = 1),  -- a single row
    position INTEGER NOT NULL                     -- last report_log.position accounted for
) STRICT;
INSERT INTO followed (id, position) VALUES (1, 0);

-- Hours of days that are not over yet, and what came late for days that are. By hour, then subject: appended in order.
CREATE TABLE hour_chunk (
    key     INTEGER PRIMARY KEY,  -- (hour + 2^30) * 2^32 + subject number
    reports INTEGER NOT NULL,     -- how many it holds
    chunk   BLOB    NOT NULL
) STRICT;

-- Days that are over: one row holds all of a truck's local day, so that it is read at once and its columns are packed
-- together. By day, then subject: appended in order, and the oldest days go as one stretch.
CREATE TABLE day_chunk (
    key     INTEGER PRIMARY KEY,  -- (local day since 1970-01-01 + 2^30) * 2^32 + subject number
    reports INTEGER NOT NULL,
    chunk   BLOB    NOT NULL
) STRICT;
