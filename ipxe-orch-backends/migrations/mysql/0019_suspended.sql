-- Why nothing is installed with this database until an operator accepts it; null if nothing is wrong.
ALTER TABLE meta ADD COLUMN suspended LONGTEXT; -- JSON
