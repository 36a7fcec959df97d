-- Files that prove something: photographs and papers of appeals, cases, street checks and public reports. The bytes lie in
-- the folder `attachments` beside this database under their SHA-256; a row is written after its file is on disk.
CREATE TABLE attachment (
    seq         INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,  -- 128 random bits, hexadecimal
    sha256      TEXT    NOT NULL,         -- of the bytes as they were sent
    media       TEXT    NOT NULL CHECK (media IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')),
    bytes       INTEGER NOT NULL,
    width       INTEGER,                  -- pixels, of a picture
    height      INTEGER,
    name        TEXT    NOT NULL,         -- as the sender called it; only shown
    by_whom     TEXT    NOT NULL,         -- a person's name, or `public` with the sender's key
    at_ms       INTEGER NOT NULL,
    total_bytes INTEGER NOT NULL          -- of this and all before it
) STRICT;
CREATE INDEX attachment_by_sender ON attachment (by_whom, at_ms);
CREATE INDEX attachment_by_content ON attachment (sha256);

-- What a file is about. One file may prove several things.
CREATE TABLE attachment_subject (
    subject    TEXT    NOT NULL,  -- kind and number, as `appeal/A2026-000001`, `case/C2026-000001`
    attachment TEXT    NOT NULL REFERENCES attachment (id),
    by_whom    TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    PRIMARY KEY (subject, attachment)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_subject_by_file ON attachment_subject (attachment);

CREATE TRIGGER attachment_keeps BEFORE UPDATE ON attachment BEGIN SELECT RAISE(ABORT, 'attachment is append-only'); END;
CREATE TRIGGER attachment_holds BEFORE DELETE ON attachment BEGIN SELECT RAISE(ABORT, 'attachment is append-only'); END;
CREATE TRIGGER attachment_subject_keeps BEFORE UPDATE ON attachment_subject BEGIN SELECT RAISE(ABORT, 'attachment_subject is append-only'); END;
CREATE TRIGGER attachment_subject_holds BEFORE DELETE ON attachment_subject BEGIN SELECT RAISE(ABORT, 'attachment_subject is append-only'); END;

-- What a person has typed of an appeal and not sent yet: kept here, so that no browser has to. One a person.
CREATE TABLE appeal_draft (
    by_whom  TEXT    PRIMARY KEY,
    draft    TEXT    NOT NULL,  -- JSON: kind, entry or listing, grounds, files
    saved_ms INTEGER NOT NULL
) STRICT;

-- For statistics: hauls and clues counted by day, truck, source and rule from an index alone.
DROP INDEX haul_by_departure;
CREATE INDEX haul_by_departure ON haul (departed_ms, plate, source);
ALTER TABLE clue ADD COLUMN trip TEXT GENERATED ALWAYS AS (json_extract(violation, '$.trip')) VIRTUAL;
