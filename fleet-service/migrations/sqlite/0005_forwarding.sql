-- How far each superior platform (JT/T 809) has provably received the report log: what lies after is sent, again if need
-- be. Moves only when the platform answered a heartbeat sent after the data.
CREATE TABLE forward_cursor (
    target   TEXT PRIMARY KEY,   -- name of the platform in the configuration
    position INTEGER NOT NULL,   -- last report_log.position that arrived whole
    moved_ms INTEGER NOT NULL    -- when it moved last
) STRICT, WITHOUT ROWID;
