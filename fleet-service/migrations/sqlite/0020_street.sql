-- What people at the roadside tell, and who looked at a case.

-- Tips: what anyone, or an officer on the street, says to have seen. Never a case by itself: an officer files or dismisses.
CREATE TABLE tip (
    seq         INTEGER PRIMARY KEY,   -- order of receipt
    receipt     TEXT    NOT NULL UNIQUE,  -- what the sender looks the state up by; not guessable
    send_key    TEXT    NOT NULL UNIQUE,  -- the same sending sent again changes nothing
    origin      TEXT    NOT NULL CHECK (origin IN ('public', 'officer')),
    state       TEXT    NOT NULL CHECK (state IN ('received', 'taken', 'filed', 'dismissed')),
    plate       TEXT,                  -- normalised, when what was written is a plate
    received_ms INTEGER NOT NULL,
    record      TEXT    NOT NULL       -- the whole tip as JSON
) STRICT;
CREATE INDEX tip_by_state ON tip (state, seq);
CREATE INDEX tip_by_plate ON tip (plate, seq);

-- Pictures sent with tips, as they came. Known by their content: the same picture is kept once.
CREATE TABLE tip_photo (
    id    TEXT PRIMARY KEY,  -- SHA-256 of the bytes, hexadecimal
    kind  TEXT NOT NULL CHECK (kind IN ('jpeg', 'png', 'webp')),
    bytes BLOB NOT NULL
) STRICT;

-- Who read which case, once a person and day: what an evidence bundle tells under "who saw what when".
CREATE TABLE case_read (
    case_no  TEXT    NOT NULL,
    who      TEXT    NOT NULL,  -- the person's name
    day      TEXT    NOT NULL,  -- local day
    what     TEXT    NOT NULL,  -- case, evidence bundle, evidence sheet
    first_ms INTEGER NOT NULL,  -- the first time that day
    PRIMARY KEY (case_no, who, day, what)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER case_read_keeps BEFORE UPDATE ON case_read BEGIN SELECT RAISE(ABORT, 'case_read is append-only'); END;
CREATE TRIGGER case_read_holds BEFORE DELETE ON case_read BEGIN SELECT RAISE(ABORT, 'case_read is append-only'); END;
