-- The programs that write, by their audit chains. Each transaction of a program first writes the
-- row of its program. Whoever accepts a restored database writes all rows: so nothing is written
-- after it that was decided before.
CREATE TABLE writers (
    chain      varbinary(16) NOT NULL CONSTRAINT writers_pk PRIMARY KEY,
    writes     bigint        NOT NULL,
    -- When the program last checked that it can write.
    checked_at bigint        NOT NULL CONSTRAINT writers_checked_at DEFAULT 0
);
