-- The address from which an attempt was claimed; null where it is not known.
ALTER TABLE attempts ADD COLUMN claim_from TEXT COLLATE "C";
