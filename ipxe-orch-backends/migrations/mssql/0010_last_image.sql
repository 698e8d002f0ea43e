-- The last build of a host's image; null without one.
ALTER TABLE hosts ADD image nvarchar(max) COLLATE Latin1_General_BIN2 NULL; -- JSON
