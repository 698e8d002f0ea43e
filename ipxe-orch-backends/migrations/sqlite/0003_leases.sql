-- Every mark ever: an id is never used twice.
CREATE TABLE marks (
    id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    host_id BLOB NOT NULL REFERENCES hosts (id),
    mark    TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX marks_by_host ON marks (host_id);

-- Every attempt ever, open or closed. Narrow: it is written at each step of an install.
CREATE TABLE attempts (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    host_id         BLOB    NOT NULL REFERENCES hosts (id),
    mark_id         BLOB    NOT NULL REFERENCES marks (id),
    offered_at      INTEGER NOT NULL,
    offers          INTEGER NOT NULL,
    counted_at      INTEGER NOT NULL,
    claim_id        BLOB,
    claimed_at      INTEGER,
    claim_by_report INTEGER,
    answered_at     INTEGER,
    progress        TEXT, -- JSON
    deadline        INTEGER,
    closed          TEXT, -- JSON
    CHECK ((claim_id IS NULL) = (claimed_at IS NULL)),
    CHECK ((claim_id IS NULL) = (claim_by_report IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_host ON attempts (host_id);

-- What of an attempt is wide and never changes.
CREATE TABLE attempt_contents (
    attempt_id BLOB NOT NULL PRIMARY KEY REFERENCES attempts (id),
    pin        TEXT NOT NULL, -- JSON
    terms      TEXT NOT NULL, -- JSON
    script     TEXT NOT NULL
) STRICT;

-- The row that every transition compares: standing mark, latest attempt.
CREATE TABLE leases (
    host_id              BLOB    NOT NULL PRIMARY KEY REFERENCES hosts (id),
    generation           INTEGER NOT NULL,
    min_image_generation INTEGER NOT NULL,
    held                 TEXT, -- JSON
    mark_id              BLOB,
    attempt_id           BLOB
) STRICT, WITHOUT ROWID;

-- The database itself refuses a second claim of a mark.
CREATE TABLE claims (
    mark_id    BLOB    NOT NULL PRIMARY KEY REFERENCES marks (id),
    attempt_id BLOB    NOT NULL REFERENCES attempts (id),
    host_id    BLOB    NOT NULL REFERENCES hosts (id),
    claim_id   BLOB    NOT NULL,
    at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
