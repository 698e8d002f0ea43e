-- The address from which an attempt was claimed; null where it is not known.
ALTER TABLE attempts ADD claim_from nvarchar(45) COLLATE Latin1_General_BIN2 NULL;
