-- Every mark ever: an id is never used twice.
CREATE TABLE marks (
    id      varbinary(16) NOT NULL CONSTRAINT marks_pk PRIMARY KEY,
    host_id varbinary(16) NOT NULL CONSTRAINT marks_host REFERENCES hosts (id),
    mark    nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL -- JSON
);
CREATE INDEX marks_by_host ON marks (host_id);

-- Every attempt ever, open or closed. Narrow: it is written at each step of an install.
CREATE TABLE attempts (
    id              varbinary(16) NOT NULL CONSTRAINT attempts_pk PRIMARY KEY,
    host_id         varbinary(16) NOT NULL CONSTRAINT attempts_host REFERENCES hosts (id),
    mark_id         varbinary(16) NOT NULL CONSTRAINT attempts_mark REFERENCES marks (id),
    offered_at      bigint        NOT NULL,
    offers          bigint        NOT NULL,
    counted_at      bigint        NOT NULL,
    claim_id        varbinary(16) NULL,
    claimed_at      bigint        NULL,
    claim_by_report bigint        NULL,
    answered_at     bigint        NULL,
    progress        nvarchar(max) COLLATE Latin1_General_BIN2 NULL, -- JSON
    deadline        bigint        NULL,
    closed          nvarchar(max) COLLATE Latin1_General_BIN2 NULL, -- JSON
    CONSTRAINT attempts_claim CHECK (
        (claim_id IS NULL AND claimed_at IS NULL AND claim_by_report IS NULL)
        OR (claim_id IS NOT NULL AND claimed_at IS NOT NULL AND claim_by_report IS NOT NULL))
);
CREATE INDEX attempts_by_host ON attempts (host_id);

-- What of an attempt is wide and never changes.
CREATE TABLE attempt_contents (
    attempt_id varbinary(16) NOT NULL CONSTRAINT attempt_contents_pk PRIMARY KEY
                             CONSTRAINT attempt_contents_attempt REFERENCES attempts (id),
    pin        nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    terms      nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    script     nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL
);

-- The row that every transition compares: standing mark, latest attempt.
CREATE TABLE leases (
    host_id              varbinary(16) NOT NULL CONSTRAINT leases_pk PRIMARY KEY
                                       CONSTRAINT leases_host REFERENCES hosts (id),
    generation           bigint        NOT NULL,
    min_image_generation bigint        NOT NULL,
    held                 nvarchar(max) COLLATE Latin1_General_BIN2 NULL, -- JSON
    mark_id              varbinary(16) NULL,
    attempt_id           varbinary(16) NULL
);

-- The database itself refuses a second claim of a mark.
CREATE TABLE claims (
    mark_id    varbinary(16) NOT NULL CONSTRAINT claims_pk PRIMARY KEY
                             CONSTRAINT claims_mark REFERENCES marks (id),
    attempt_id varbinary(16) NOT NULL CONSTRAINT claims_attempt REFERENCES attempts (id),
    host_id    varbinary(16) NOT NULL CONSTRAINT claims_host REFERENCES hosts (id),
    claim_id   varbinary(16) NOT NULL,
    at         bigint        NOT NULL
);
