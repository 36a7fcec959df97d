-- A dead letter that an operator writes off: it waits no longer, and who gave it up and why stays with it.
ALTER TABLE push_dead ADD COLUMN written_off_ms INTEGER;
ALTER TABLE push_dead ADD COLUMN written_off_by TEXT;
ALTER TABLE push_dead ADD COLUMN written_off_reason TEXT;

-- Decisions that may become final by time are looked for by their standing.
CREATE INDEX case_by_state_and_place ON case_file (state, seq);

-- Statements and rankings read a truck's days.
CREATE INDEX haul_by_truck ON haul (plate, departed_ms);
CREATE INDEX site_reading_by_truck ON site_reading (plate, minute_ms);
CREATE INDEX waybill_draft_by_truck ON waybill_act (plate, at_ms) WHERE plate IS NOT NULL;
