-- Every mark ever: an id is never used twice.
CREATE TABLE marks (
    id      BINARY(16) NOT NULL PRIMARY KEY,
    host_id BINARY(16) NOT NULL,
    mark    LONGTEXT   NOT NULL, -- JSON
    FOREIGN KEY (host_id) REFERENCES hosts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Every attempt ever, open or closed. Narrow: it is written at each step of an install.
CREATE TABLE attempts (
    id              BINARY(16) NOT NULL PRIMARY KEY,
    host_id         BINARY(16) NOT NULL,
    mark_id         BINARY(16) NOT NULL,
    offered_at      BIGINT     NOT NULL,
    offers          BIGINT     NOT NULL,
    counted_at      BIGINT     NOT NULL,
    claim_id        BINARY(16),
    claimed_at      BIGINT,
    claim_by_report BIGINT,
    answered_at     BIGINT,
    progress        LONGTEXT, -- JSON
    deadline        BIGINT,
    closed          LONGTEXT, -- JSON
    CHECK ((claim_id IS NULL) = (claimed_at IS NULL)),
    CHECK ((claim_id IS NULL) = (claim_by_report IS NULL)),
    FOREIGN KEY (host_id) REFERENCES hosts (id),
    FOREIGN KEY (mark_id) REFERENCES marks (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What of an attempt is wide and never changes.
CREATE TABLE attempt_contents (
    attempt_id BINARY(16) NOT NULL PRIMARY KEY,
    pin        LONGTEXT   NOT NULL, -- JSON
    terms      LONGTEXT   NOT NULL, -- JSON
    script     LONGTEXT   NOT NULL,
    FOREIGN KEY (attempt_id) REFERENCES attempts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The row that every transition compares: standing mark, latest attempt.
CREATE TABLE leases (
    host_id              BINARY(16) NOT NULL PRIMARY KEY,
    generation           BIGINT     NOT NULL,
    min_image_generation BIGINT     NOT NULL,
    held                 LONGTEXT, -- JSON
    mark_id              BINARY(16),
    attempt_id           BINARY(16),
    FOREIGN KEY (host_id) REFERENCES hosts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The database itself refuses a second claim of a mark.
CREATE TABLE claims (
    mark_id    BINARY(16) NOT NULL PRIMARY KEY,
    attempt_id BINARY(16) NOT NULL,
    host_id    BINARY(16) NOT NULL,
    claim_id   BINARY(16) NOT NULL,
    at         BIGINT     NOT NULL,
    FOREIGN KEY (mark_id) REFERENCES marks (id),
    FOREIGN KEY (attempt_id) REFERENCES attempts (id),
    FOREIGN KEY (host_id) REFERENCES hosts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
