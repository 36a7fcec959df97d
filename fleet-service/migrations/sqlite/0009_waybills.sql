-- Electronic waybills. Tickets are not stored: they follow from hauls, readings at sites and what people did.

-- First and last reading of a truck at a gate, wash bay or weighbridge within one minute. Kept by the follower of the log
-- in the transaction that moves the judged position; written again it stays the same.
CREATE TABLE site_reading (
    minute_ms INTEGER NOT NULL,  -- the minute's first moment
    plate     TEXT    NOT NULL,
    site      TEXT    NOT NULL,
    mark      TEXT    NOT NULL,  -- gate_in, gate_out, wash or weighbridge
    gross_kg  INTEGER NOT NULL,  -- of a weighbridge; else 0
    first_ms  INTEGER NOT NULL,
    last_ms   INTEGER NOT NULL,
    PRIMARY KEY (minute_ms, plate, site, mark, gross_kg)
) STRICT, WITHOUT ROWID;

-- What people did to tickets. A later act stands beside the earlier ones.
CREATE TABLE waybill_act (
    seq     INTEGER PRIMARY KEY,
    number  TEXT    NOT NULL,  -- the ticket: a haul's id, or a draft's own number
    kind    TEXT    NOT NULL,  -- draft, accept, reject or void
    at_ms   INTEGER NOT NULL,
    by_whom TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    plate   TEXT,              -- of a draft
    site    TEXT               -- of a draft: its source
) STRICT;
CREATE INDEX waybill_act_by_number ON waybill_act (number, seq);
CREATE INDEX waybill_act_by_time ON waybill_act (at_ms);
CREATE TRIGGER waybill_act_keeps BEFORE UPDATE ON waybill_act BEGIN SELECT RAISE(ABORT, 'waybill_act is append-only'); END;
CREATE TRIGGER waybill_act_holds BEFORE DELETE ON waybill_act BEGIN SELECT RAISE(ABORT, 'waybill_act is append-only'); END;

-- From where to where, for sums over long stretches of time; written with the haul.
ALTER TABLE haul ADD COLUMN source TEXT;
ALTER TABLE haul ADD COLUMN sink TEXT;
UPDATE haul SET source = json_extract(haul, '$.source'), sink = json_extract(haul, '$.sink');
