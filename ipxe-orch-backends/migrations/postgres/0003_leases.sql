-- Every mark ever: an id is never used twice.
CREATE TABLE marks (
    id      BYTEA NOT NULL PRIMARY KEY,
    host_id BYTEA NOT NULL,
    mark    TEXT  NOT NULL, -- JSON
    FOREIGN KEY (host_id) REFERENCES hosts (id)
);
CREATE INDEX marks_by_host ON marks (host_id);

-- Every attempt ever, open or closed. Narrow: it is written at each step of an install.
CREATE TABLE attempts (
    id              BYTEA  NOT NULL PRIMARY KEY,
    host_id         BYTEA  NOT NULL,
    mark_id         BYTEA  NOT NULL,
    offered_at      BIGINT NOT NULL,
    offers          BIGINT NOT NULL,
    counted_at      BIGINT NOT NULL,
    claim_id        BYTEA,
    claimed_at      BIGINT,
    claim_by_report BIGINT,
    answered_at     BIGINT,
    progress        TEXT, -- JSON
    deadline        BIGINT,
    closed          TEXT, -- JSON
    CHECK ((claim_id IS NULL) = (claimed_at IS NULL)),
    CHECK ((claim_id IS NULL) = (claim_by_report IS NULL)),
    FOREIGN KEY (host_id) REFERENCES hosts (id),
    FOREIGN KEY (mark_id) REFERENCES marks (id)
);
CREATE INDEX attempts_by_host ON attempts (host_id);

-- What of an attempt is wide and never changes.
CREATE TABLE attempt_contents (
    attempt_id BYTEA NOT NULL PRIMARY KEY,
    pin        TEXT  NOT NULL, -- JSON
    terms      TEXT  NOT NULL, -- JSON
    script     TEXT  NOT NULL,
    FOREIGN KEY (attempt_id) REFERENCES attempts (id)
);

-- The row that every transition compares: standing mark, latest attempt.
CREATE TABLE leases (
    host_id              BYTEA  NOT NULL PRIMARY KEY,
    generation           BIGINT NOT NULL,
    min_image_generation BIGINT NOT NULL,
    held                 TEXT, -- JSON
    mark_id              BYTEA,
    attempt_id           BYTEA,
    FOREIGN KEY (host_id) REFERENCES hosts (id)
);

-- The database itself refuses a second claim of a mark.
CREATE TABLE claims (
    mark_id    BYTEA  NOT NULL PRIMARY KEY,
    attempt_id BYTEA  NOT NULL,
    host_id    BYTEA  NOT NULL,
    claim_id   BYTEA  NOT NULL,
    at         BIGINT NOT NULL,
    FOREIGN KEY (mark_id) REFERENCES marks (id),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id),
    FOREIGN KEY (host_id) REFERENCES hosts (id)
);
