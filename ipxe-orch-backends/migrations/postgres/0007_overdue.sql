-- When the standing mark expires, so that what is overdue is found without reading all of them.
ALTER TABLE leases ADD COLUMN mark_expires_at BIGINT;
CREATE INDEX leases_by_expiry ON leases (mark_expires_at);
