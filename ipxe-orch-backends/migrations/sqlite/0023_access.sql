-- Who can sign in, and who has. A person of a login service is its text `REALM/KEY`.
CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    generation INTEGER NOT NULL,
    account    TEXT    NOT NULL -- JSON
) STRICT;

-- Who has which role for which hosts.
CREATE TABLE bindings (
    id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    binding TEXT NOT NULL -- JSON
) STRICT;

-- Each session of a person has a place of its own, and so has each token, so that nobody fills the
-- database. The secret is a digest; `known` is the person as the login service told of it last.
CREATE TABLE sessions (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    secret       BLOB    NOT NULL UNIQUE CHECK (length(secret) = 32),
    person       TEXT    NOT NULL,
    place        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    proved_at    INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    known        TEXT    NOT NULL, -- JSON
    origin       TEXT    NOT NULL,
    agent        TEXT,
    UNIQUE (person, place)
) STRICT;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The verifier is an HMAC of the secret under the key `pepper`.
CREATE TABLE tokens (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name         TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    place        INTEGER NOT NULL,
    verifier     BLOB    NOT NULL CHECK (length(verifier) = 32),
    pepper       BLOB    NOT NULL CHECK (length(pepper) = 4),
    limits       TEXT    NOT NULL, -- JSON
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    refreshed_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    known        TEXT    NOT NULL, -- JSON
    UNIQUE (person, place)
) STRICT;
CREATE INDEX tokens_by_expiry ON tokens (expires_at);
