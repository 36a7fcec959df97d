-- People: how they sign in, what programs may do for them, and what leads there. No secret is kept that could be used as
-- it lies here, but for the second factor's: a code cannot be checked without it.

-- Who may sign in. Takes the place of `officer`, whose every row had one token.
CREATE TABLE account (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,  -- what they sign in with; shown with every decision
    authority    TEXT    NOT NULL,         -- whose rules they decide on
    role         TEXT    NOT NULL,
    uscc         TEXT,                     -- company of a carrier's person
    added_ms     INTEGER NOT NULL,
    disabled_ms  INTEGER,                  -- from when nothing of theirs is taken
    password     TEXT,                     -- argon2id, as a PHC string; none: they cannot sign in by password
    password_ms  INTEGER,                  -- when it was set
    totp_secret  BLOB,                     -- second factor (RFC 6238), when it is on
    totp_waiting BLOB,                     -- one that was shown and is not proved yet
    totp_step    INTEGER NOT NULL DEFAULT 0,  -- step of the last code taken: it and those before are refused
    sso_subject  TEXT UNIQUE               -- who they are at the city's single sign-on
) STRICT;

-- What programs show instead of signing in. Never deleted: the trail names them.
CREATE TABLE api_token (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    name       TEXT    NOT NULL,          -- what for
    scopes     TEXT    NOT NULL,          -- words, separated by spaces
    token_hash BLOB    NOT NULL UNIQUE,   -- SHA-256 of the 256-bit token
    made_ms    INTEGER NOT NULL,
    made_by    TEXT    NOT NULL,
    expires_ms INTEGER,                   -- from when it is refused; none: never
    used_ms    INTEGER,                   -- last use, to within a minute
    revoked_ms INTEGER
) STRICT;
CREATE INDEX api_token_by_account ON api_token (account_id);

INSERT INTO account (id, name, authority, role, uscc, added_ms)
    SELECT id, name, authority, role, uscc, added_ms FROM officer;
INSERT INTO api_token (account_id, name, scopes, token_hash, made_ms, made_by)
    SELECT id, 'first token', 'read decide registers admin account', token_hash, added_ms, 'command line' FROM officer;
DROP TABLE officer;
-- Those of them who can act now.
CREATE VIEW officer AS SELECT id, name, authority, role, uscc, added_ms FROM account WHERE disabled_ms IS NULL;

-- Browsers that are signed in. Gone when signed out or over; the audit trail keeps when they came.
CREATE TABLE session (
    id          INTEGER PRIMARY KEY,
    account_id  INTEGER NOT NULL REFERENCES account (id),
    secret_hash BLOB    NOT NULL UNIQUE,  -- SHA-256 of what the cookie holds
    how         TEXT    NOT NULL,         -- password, token, single_sign_on, invitation
    token_id    INTEGER REFERENCES api_token (id),  -- the token it was exchanged for: ends with it
    made_ms     INTEGER NOT NULL,
    seen_ms     INTEGER NOT NULL,         -- last request, to within a minute
    ends_ms     INTEGER NOT NULL,         -- however busy it is
    address     TEXT    NOT NULL,
    agent       TEXT    NOT NULL          -- the browser's own words, cut
) STRICT;
CREATE INDEX session_by_account ON session (account_id);

-- Links that let someone set a password, once.
CREATE TABLE invitation (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER REFERENCES account (id),  -- none: the first administrator, who names themself
    token_hash BLOB    NOT NULL UNIQUE,
    made_ms    INTEGER NOT NULL,
    made_by    TEXT    NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_ms    INTEGER                    -- used, or taken back
) STRICT;

-- Codes for who lost the second factor; each counts once.
CREATE TABLE recovery_code (
    code_hash  BLOB    PRIMARY KEY,  -- SHA-256 of 80 random bits
    account_id INTEGER NOT NULL REFERENCES account (id),
    used_ms    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_code_by_account ON recovery_code (account_id);

-- The trail by person and by act.
CREATE INDEX audit_by_who ON audit (who, seq);
CREATE INDEX audit_by_what ON audit (what, seq);
CREATE INDEX audit_by_time ON audit (at_ms);
