-- Why nothing is installed with this database until an operator accepts it; null if nothing is wrong.
ALTER TABLE meta ADD suspended nvarchar(max) COLLATE Latin1_General_BIN2 NULL; -- JSON
