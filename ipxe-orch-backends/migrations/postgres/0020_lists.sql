-- The state and the name of each host, so that a page of a list is read in the order of an index.
-- Both are null for a removed host. The name of a host stands with its labels as well.
ALTER TABLE leases ADD COLUMN name TEXT COLLATE "C";
ALTER TABLE leases ADD COLUMN state TEXT COLLATE "C";
UPDATE leases SET name =
    (SELECT h.name FROM hosts h WHERE h.id = leases.host_id AND h.removed = 0);
UPDATE leases SET state = CASE
    WHEN held IS NOT NULL THEN 'held'
    WHEN EXISTS (SELECT 1 FROM attempts a WHERE a.id = leases.attempt_id AND a.outcome IS NULL)
        THEN CASE WHEN mark_id IS NULL THEN 'installing' ELSE 'offered' END
    WHEN mark_id IS NOT NULL THEN 'marked'
    WHEN last_mark IS NOT NULL THEN 'closed'
    WHEN attempt_id IS NULL THEN 'registered'
    ELSE (SELECT CASE WHEN a.outcome IN (80, 130) THEN 'installed'
                      WHEN a.outcome > 80 THEN 'failed' ELSE 'closed' END
          FROM attempts a WHERE a.id = leases.attempt_id)
END WHERE name IS NOT NULL;
CREATE INDEX leases_by_state ON leases (state, name);

ALTER TABLE host_labels ADD COLUMN name TEXT COLLATE "C";
UPDATE host_labels SET name =
    (SELECT h.name FROM hosts h WHERE h.id = host_labels.host_id AND h.removed = 0);
DROP INDEX host_labels_by_value;
CREATE INDEX host_labels_by_name ON host_labels ("key", value, name);
