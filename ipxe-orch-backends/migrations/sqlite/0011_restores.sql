-- The epochs in whose place an operator accepted this database.
CREATE TABLE accepted_epochs (
    epoch BLOB    NOT NULL PRIMARY KEY CHECK (length(epoch) = 16),
    at    INTEGER NOT NULL
) STRICT;

-- When a server last checked that the database takes writes, and how often leases were written. If
-- somebody overwrites a part of the file, the number differs from the sum of the generations.
ALTER TABLE meta ADD COLUMN checked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meta ADD COLUMN lease_writes INTEGER NOT NULL DEFAULT 0;
UPDATE meta SET lease_writes = (SELECT coalesce(sum(generation), 0) FROM leases);
CREATE TRIGGER lease_is_made AFTER INSERT ON leases BEGIN
    UPDATE meta SET lease_writes = lease_writes + NEW.generation;
END;
CREATE TRIGGER lease_is_written AFTER UPDATE OF generation ON leases BEGIN
    UPDATE meta SET lease_writes = lease_writes + NEW.generation - OLD.generation;
END;
CREATE TRIGGER lease_is_removed AFTER DELETE ON leases BEGIN
    UPDATE meta SET lease_writes = lease_writes - OLD.generation;
END;
