-- Cases: one act of one truck from confirmation to a final decision. The audit trail tells who did what when.
CREATE TABLE case_file (
    seq         INTEGER PRIMARY KEY,   -- in order of filing
    number      TEXT    NOT NULL UNIQUE,
    authority   TEXT    NOT NULL,      -- who answers for it now
    uscc        TEXT,                  -- company, when there is one
    state       TEXT    NOT NULL,
    decision_no TEXT,                  -- the authority's decision
    clue_id     TEXT UNIQUE,           -- the clue it was
    filed_ms    INTEGER NOT NULL,
    record      TEXT    NOT NULL       -- the whole case as JSON
) STRICT;
CREATE UNIQUE INDEX case_file_by_decision ON case_file (authority, decision_no) WHERE decision_no IS NOT NULL;
CREATE INDEX case_file_by_state ON case_file (state, filed_ms);
CREATE INDEX case_file_by_company ON case_file (uscc, seq);

-- People of a company: they see their own company and nothing else.
ALTER TABLE officer ADD COLUMN uscc TEXT;

-- The trail of one thing.
CREATE INDEX audit_by_subject ON audit (subject, seq);
