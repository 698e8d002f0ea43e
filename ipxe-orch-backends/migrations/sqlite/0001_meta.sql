-- What there is once. The epoch changes with a restore.
CREATE TABLE meta (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch BLOB    NOT NULL CHECK (length(epoch) = 16)
) STRICT;
