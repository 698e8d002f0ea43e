-- The programs that write, by their audit chains. Each transaction of a program first writes the
-- row of its program. Whoever accepts a restored database writes all rows: so nothing is written
-- after it that was decided before.
CREATE TABLE writers (
    chain      BINARY(16) NOT NULL PRIMARY KEY,
    writes     BIGINT     NOT NULL,
    checked_at BIGINT     NOT NULL DEFAULT 0 -- when the program last checked that it can write
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
