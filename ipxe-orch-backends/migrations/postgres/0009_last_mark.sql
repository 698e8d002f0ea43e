-- How the last mark ended that was never claimed; null once there is a new one.
ALTER TABLE leases ADD COLUMN last_mark TEXT; -- JSON
