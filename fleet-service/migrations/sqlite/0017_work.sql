-- Who works on which pending clue. A claim runs out by itself; a decision ends it. What was done is in the audit trail.
CREATE TABLE clue_claim (
    clue_id  TEXT PRIMARY KEY REFERENCES clue (id),
    by_whom  TEXT    NOT NULL,  -- officer
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL   -- from then on it holds no longer
) STRICT;

-- Decisions on clues that the officer who took them withdrew: the decision as it was, kept whole. Never changed.
CREATE TABLE decision_withdrawn (
    seq        INTEGER PRIMARY KEY,
    clue_id    TEXT    NOT NULL REFERENCES clue (id),
    outcome    TEXT    NOT NULL CHECK (outcome IN ('confirmed', 'rejected')),
    by_whom    TEXT    NOT NULL,  -- who decided, and withdrew
    decided_ms INTEGER NOT NULL,
    decided_because TEXT NOT NULL,
    withdrawn_ms    INTEGER NOT NULL,
    withdrawn_because TEXT NOT NULL,
    case_number TEXT,             -- the case it had become, of a confirmation
    ledger_seq  INTEGER           -- the deduction that was reversed, when there was one
) STRICT;
CREATE INDEX decision_withdrawn_by_clue ON decision_withdrawn (clue_id, seq);
CREATE TRIGGER decision_withdrawn_stays BEFORE UPDATE ON decision_withdrawn BEGIN SELECT RAISE(ABORT, 'withdrawn decisions are never changed'); END;
CREATE TRIGGER decision_withdrawn_is_kept BEFORE DELETE ON decision_withdrawn BEGIN SELECT RAISE(ABORT, 'withdrawn decisions are never deleted'); END;
