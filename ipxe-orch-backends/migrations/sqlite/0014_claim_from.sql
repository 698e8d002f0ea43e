-- The address from which an attempt was claimed; null for claims before this migration, and where
-- it is not known.
ALTER TABLE attempts ADD COLUMN claim_from TEXT CHECK (claim_from IS NULL OR claim_id IS NOT NULL);
