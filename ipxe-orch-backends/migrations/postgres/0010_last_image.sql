-- The last build of a host's image; null without one.
ALTER TABLE hosts ADD COLUMN image TEXT; -- JSON
