-- Registers changed record by record, beside whole folders: a version is either a set of texts (register_file) or the
-- records that say something else from its moment on (register_record). Neither is ever changed: the past stays as it was
-- judged, and a correction is a further version.
ALTER TABLE register_version ADD COLUMN made_by TEXT NOT NULL DEFAULT 'command line';
ALTER TABLE register_version ADD COLUMN reason  TEXT NOT NULL DEFAULT '';  -- why, in a person's words

CREATE TABLE register_record (
    version  INTEGER NOT NULL REFERENCES register_version (version),
    register TEXT    NOT NULL,  -- carriers, trucks, sites, zones, routes, permits, limits
    id       TEXT    NOT NULL,  -- the record's key
    body     TEXT,              -- the record as JSON, geometries in WGS-84; NULL: taken out of the register
    PRIMARY KEY (version, register, id)
) STRICT;

-- Uploads that were committed: the same upload committed again answers the same and changes nothing.
CREATE TABLE register_import (
    token   TEXT PRIMARY KEY,   -- of the upload
    version INTEGER,            -- what it made; NULL when nothing was new
    at_ms   INTEGER NOT NULL,
    by_whom TEXT    NOT NULL,
    outcome TEXT    NOT NULL    -- the answer given, as JSON
) STRICT;

CREATE TRIGGER register_record_keeps BEFORE UPDATE ON register_record BEGIN SELECT RAISE(ABORT, 'register_record is append-only'); END;
CREATE TRIGGER register_record_holds BEFORE DELETE ON register_record BEGIN SELECT RAISE(ABORT, 'register_record is append-only'); END;
CREATE TRIGGER register_version_keeps BEFORE UPDATE ON register_version BEGIN SELECT RAISE(ABORT, 'register_version is append-only'); END;
CREATE TRIGGER register_version_holds BEFORE DELETE ON register_version BEGIN SELECT RAISE(ABORT, 'register_version is append-only'); END;
CREATE TRIGGER register_import_keeps BEFORE UPDATE ON register_import BEGIN SELECT RAISE(ABORT, 'register_import is append-only'); END;
