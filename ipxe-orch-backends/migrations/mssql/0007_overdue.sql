-- When the standing mark expires, so that what is overdue is found without reading all of them.
ALTER TABLE leases ADD mark_expires_at bigint NULL;
CREATE INDEX leases_by_expiry ON leases (mark_expires_at);
