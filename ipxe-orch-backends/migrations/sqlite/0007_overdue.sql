-- When the standing mark expires, so that what is overdue is found without reading all of them.
ALTER TABLE leases ADD COLUMN mark_expires_at INTEGER;
UPDATE leases SET mark_expires_at = (SELECT mark ->> 'expires_at' FROM marks WHERE id = mark_id)
    WHERE mark_id IS NOT NULL;
CREATE INDEX leases_by_expiry ON leases (mark_expires_at) WHERE mark_expires_at IS NOT NULL;

-- Only open attempts: closed ones stay for ever, and are never overdue.
CREATE INDEX attempts_by_deadline ON attempts (deadline)
    WHERE closed IS NULL AND deadline IS NOT NULL;
CREATE INDEX attempts_by_offer ON attempts (offered_at)
    WHERE closed IS NULL AND claim_id IS NULL;
