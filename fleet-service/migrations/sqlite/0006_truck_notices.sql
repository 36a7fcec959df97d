-- What trucks say of their own reports: records they made and lost, tags that may be copies. Bounded by terminal: the
-- oldest go.
CREATE TABLE truck_notice (
    seq         INTEGER PRIMARY KEY,   -- in order of arrival
    terminal    TEXT    NOT NULL,
    plate       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,      -- gap or tag_conflict
    cause       TEXT    NOT NULL,      -- why records are lost, or what EPC and TID contradict
    at_ms       INTEGER NOT NULL,      -- what tells it from others: its beginning, or where that is unknown before_ms
    from_ms     INTEGER,               -- first and last lost record, where known; when the tag was read
    to_ms       INTEGER,
    before_ms   INTEGER NOT NULL,      -- time of the record that carried it: what is lost belongs before it
    count       INTEGER NOT NULL,      -- records lost; 1 of a tag
    detail      TEXT    NOT NULL,      -- JSON: {} of a gap; TID and EPC of a tag
    received_ms INTEGER NOT NULL,
    UNIQUE (terminal, plate, cause, at_ms, detail)
) STRICT;
CREATE INDEX truck_notice_by_plate ON truck_notice (plate, seq);
CREATE INDEX truck_notice_by_terminal ON truck_notice (terminal, seq);
