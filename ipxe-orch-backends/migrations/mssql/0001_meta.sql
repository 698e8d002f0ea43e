-- What there is once. The epoch changes with a restore.
CREATE TABLE meta (
    id    bigint        NOT NULL CONSTRAINT meta_pk PRIMARY KEY CONSTRAINT meta_once CHECK (id = 1),
    epoch varbinary(16) NOT NULL
);
