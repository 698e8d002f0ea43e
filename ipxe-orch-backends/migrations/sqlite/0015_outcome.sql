-- How an attempt ended, as a number: a better outcome has a greater one. Null while it is open.
ALTER TABLE attempts ADD COLUMN outcome INTEGER;
UPDATE attempts SET outcome = CASE closed ->> 'outcome'
    WHEN 'expired' THEN 10
    WHEN 'offers_used_up' THEN 20
    WHEN 'clock_behind' THEN 30
    WHEN 'cancelled' THEN 40
    WHEN 'held' THEN 50
    WHEN 'voided' THEN 60
    WHEN 'withdrawn' THEN 70
    WHEN 'unreported' THEN 80
    WHEN 'abandoned' THEN 90
    WHEN 'not_started' THEN 100
    WHEN 'timed_out' THEN 110
    WHEN 'failed' THEN 120
    WHEN 'done' THEN 130
END WHERE closed IS NOT NULL;

-- Only open attempts are overdue: closed ones stay for ever, and stand outside of these ranges.
DROP INDEX attempts_by_deadline;
DROP INDEX attempts_by_offer;
CREATE INDEX attempts_by_deadline ON attempts (outcome, deadline);
CREATE INDEX attempts_by_offer ON attempts (outcome, claim_id, offered_at);
