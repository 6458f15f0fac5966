-- Two loads that make the same month at once: the second waited for the first, and then looked with to_regclass, which may
-- answer from the session's cache what was true before the wait. The catalogue itself tells the truth.
CREATE OR REPLACE FUNCTION ensure_month_partition(parent regclass, day date) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    month date := date_trunc('month', day)::date;
    child text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
BEGIN
    IF to_regclass(child) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Another load that makes the same month goes first.
    PERFORM pg_advisory_xact_lock(hashtext(child));
    IF EXISTS (
        SELECT FROM pg_inherits i
        JOIN pg_class made ON made.oid = i.inhrelid
        JOIN pg_class whole ON whole.oid = i.inhparent
        WHERE i.inhparent = parent AND made.relname = whole.relname || '_' || to_char(month, 'YYYY_MM')
    ) THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', child, parent);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
        parent, child, month, (month + interval '1 month')::date);
END
$$;
