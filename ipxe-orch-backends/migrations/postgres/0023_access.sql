-- Who can sign in, and who has. A person of a login service is its text `REALM/KEY`.
CREATE TABLE accounts (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL UNIQUE,
    generation BIGINT           NOT NULL,
    account    TEXT             NOT NULL -- JSON
);

-- Who has which role for which hosts.
CREATE TABLE bindings (
    id      BYTEA NOT NULL PRIMARY KEY,
    binding TEXT  NOT NULL -- JSON
);

-- Each session of a person has a place of its own, and so has each token, so that nobody fills the
-- database. The secret is a digest; `known` is the person as the login service told of it last.
CREATE TABLE sessions (
    id           BYTEA            NOT NULL PRIMARY KEY,
    secret       BYTEA            NOT NULL UNIQUE,
    person       TEXT COLLATE "C" NOT NULL,
    place        BIGINT           NOT NULL,
    created_at   BIGINT           NOT NULL,
    seen_at      BIGINT           NOT NULL,
    refreshed_at BIGINT           NOT NULL,
    proved_at    BIGINT           NOT NULL,
    expires_at   BIGINT           NOT NULL,
    known        TEXT             NOT NULL, -- JSON
    origin       TEXT             NOT NULL,
    agent        TEXT,
    UNIQUE (person, place)
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The verifier is an HMAC of the secret under the key `pepper`.
CREATE TABLE tokens (
    id           BYTEA            NOT NULL PRIMARY KEY,
    name         TEXT             NOT NULL,
    person       TEXT COLLATE "C" NOT NULL,
    place        BIGINT           NOT NULL,
    verifier     BYTEA            NOT NULL,
    pepper       BYTEA            NOT NULL,
    limits       TEXT             NOT NULL, -- JSON
    created_at   BIGINT           NOT NULL,
    used_at      BIGINT,
    refreshed_at BIGINT           NOT NULL,
    expires_at   BIGINT           NOT NULL,
    known        TEXT             NOT NULL, -- JSON
    UNIQUE (person, place)
);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);
