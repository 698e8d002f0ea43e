-- Who can sign in, and who has. A person of a login service is its text `REALM/KEY`.
CREATE TABLE accounts (
    id         VARCHAR(300) NOT NULL PRIMARY KEY,
    name       VARCHAR(300) NOT NULL UNIQUE,
    generation BIGINT       NOT NULL,
    account    LONGTEXT     NOT NULL -- JSON
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who has which role for which hosts.
CREATE TABLE bindings (
    id      BINARY(16) NOT NULL PRIMARY KEY,
    binding LONGTEXT   NOT NULL -- JSON
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Each session of a person has a place of its own, and so has each token, so that nobody fills the
-- database. The secret is a digest; `known` is the person as the login service told of it last.
CREATE TABLE sessions (
    id           BINARY(16)   NOT NULL PRIMARY KEY,
    secret       BINARY(32)   NOT NULL UNIQUE,
    person       VARCHAR(300) NOT NULL,
    place        BIGINT       NOT NULL,
    created_at   BIGINT       NOT NULL,
    seen_at      BIGINT       NOT NULL,
    refreshed_at BIGINT       NOT NULL,
    proved_at    BIGINT       NOT NULL,
    expires_at   BIGINT       NOT NULL,
    known        LONGTEXT     NOT NULL, -- JSON
    origin       LONGTEXT     NOT NULL,
    agent        LONGTEXT,
    UNIQUE (person, place),
    INDEX sessions_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The verifier is an HMAC of the secret under the key `pepper`.
CREATE TABLE tokens (
    id           BINARY(16)   NOT NULL PRIMARY KEY,
    name         LONGTEXT     NOT NULL,
    person       VARCHAR(300) NOT NULL,
    place        BIGINT       NOT NULL,
    verifier     BINARY(32)   NOT NULL,
    pepper       BINARY(4)    NOT NULL,
    limits       LONGTEXT     NOT NULL, -- JSON
    created_at   BIGINT       NOT NULL,
    used_at      BIGINT,
    refreshed_at BIGINT       NOT NULL,
    expires_at   BIGINT       NOT NULL,
    known        LONGTEXT     NOT NULL, -- JSON
    UNIQUE (person, place),
    INDEX tokens_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
