-- What each haul adds to the permit it is judged by, so that a service that folds only the newest days of its log again
-- knows what was hauled before them.

ALTER TABLE haul ADD COLUMN permit TEXT;      -- the permit it is judged by; none: no permit
ALTER TABLE haul ADD COLUMN load_kg INTEGER;  -- its truck's rated load at departure; NULL: stored before this column was,
                                              -- filled in at the next start
UPDATE haul SET permit = json_extract(haul, '$.permit');
CREATE INDEX haul_by_permit ON haul (permit, departed_ms);
CREATE INDEX haul_without_load ON haul (id) WHERE load_kg IS NULL;
