-- Who can sign in, and who has. A person of a login service is its text `REALM/KEY`.
CREATE TABLE accounts (
    id         nvarchar(300) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT accounts_pk PRIMARY KEY,
    name       nvarchar(300) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT accounts_name UNIQUE,
    generation bigint                                    NOT NULL,
    account    nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL -- JSON
);

-- Who has which role for which hosts.
CREATE TABLE bindings (
    id      varbinary(16)                             NOT NULL CONSTRAINT bindings_pk PRIMARY KEY,
    binding nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL -- JSON
);

-- Each session of a person has a place of its own, and so has each token, so that nobody fills the
-- database. The secret is a digest; `known` is the person as the login service told of it last.
CREATE TABLE sessions (
    id           varbinary(16)                             NOT NULL CONSTRAINT sessions_pk PRIMARY KEY,
    secret       varbinary(32)                             NOT NULL CONSTRAINT sessions_secret UNIQUE,
    person       nvarchar(300) COLLATE Latin1_General_BIN2 NOT NULL,
    place        bigint                                    NOT NULL,
    created_at   bigint                                    NOT NULL,
    seen_at      bigint                                    NOT NULL,
    refreshed_at bigint                                    NOT NULL,
    proved_at    bigint                                    NOT NULL,
    expires_at   bigint                                    NOT NULL,
    known        nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    origin       nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
    agent        nvarchar(max) COLLATE Latin1_General_BIN2 NULL,
    CONSTRAINT sessions_place UNIQUE (person, place)
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The verifier is an HMAC of the secret under the key `pepper`.
CREATE TABLE tokens (
    id           varbinary(16)                             NOT NULL CONSTRAINT tokens_pk PRIMARY KEY,
    name         nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
    person       nvarchar(300) COLLATE Latin1_General_BIN2 NOT NULL,
    place        bigint                                    NOT NULL,
    verifier     varbinary(32)                             NOT NULL,
    pepper       varbinary(4)                              NOT NULL,
    limits       nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    created_at   bigint                                    NOT NULL,
    used_at      bigint                                    NULL,
    refreshed_at bigint                                    NOT NULL,
    expires_at   bigint                                    NOT NULL,
    known        nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    CONSTRAINT tokens_place UNIQUE (person, place)
);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);
