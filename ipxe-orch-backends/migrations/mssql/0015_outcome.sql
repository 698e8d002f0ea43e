-- How an attempt ended, as a number: a better outcome has a greater one. Null while it is open.
ALTER TABLE attempts ADD outcome bigint NULL;

-- Only open attempts are overdue: closed ones stay for ever, and stand outside of these ranges.
CREATE INDEX attempts_by_deadline ON attempts (outcome, deadline);
CREATE INDEX attempts_by_offer ON attempts (outcome, claim_id, offered_at);
