-- Devices fixed at sites (gate readers, weighbridges) that report over HTTP. A token belongs to one site for good; only
-- its hash is kept. A revoked one stays, so that the audit trail keeps its number.
CREATE TABLE site_token (
    id         INTEGER PRIMARY KEY,      -- what people name it by
    site       TEXT    NOT NULL,         -- key of the site in the registers
    name       TEXT    NOT NULL,         -- which device, in a person's words; may be empty
    token_hash BLOB    NOT NULL UNIQUE,  -- SHA-256 of the 256-bit token
    added_ms   INTEGER NOT NULL,
    revoked_ms INTEGER                   -- from when it is refused
) STRICT;
