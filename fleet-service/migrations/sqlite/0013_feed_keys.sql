-- Keys the feed was and is signed with, as their rotation events tell; the seeds lie in files, never here.
CREATE TABLE feed_key (
    public_key TEXT PRIMARY KEY,   -- 32 bytes in hexadecimal
    from_seq   INTEGER NOT NULL UNIQUE,  -- first event it signs
    added_ms   INTEGER NOT NULL
) STRICT;

-- Days whose last ledger hash the feed tells.
CREATE TABLE feed_head (
    day      TEXT PRIMARY KEY,     -- in Asia/Shanghai, as 2026-11-24
    feed_seq INTEGER NOT NULL REFERENCES feed (seq)
) STRICT;

CREATE TRIGGER feed_key_keeps BEFORE UPDATE ON feed_key BEGIN SELECT RAISE(ABORT, 'feed_key is append-only'); END;
CREATE TRIGGER feed_key_holds BEFORE DELETE ON feed_key BEGIN SELECT RAISE(ABORT, 'feed_key is append-only'); END;
CREATE TRIGGER feed_head_keeps BEFORE UPDATE ON feed_head BEGIN SELECT RAISE(ABORT, 'feed_head is append-only'); END;
CREATE TRIGGER feed_head_holds BEFORE DELETE ON feed_head BEGIN SELECT RAISE(ABORT, 'feed_head is append-only'); END;
