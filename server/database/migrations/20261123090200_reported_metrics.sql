-- Which metrics the rows of each kind report, by account and family. An account's total of a metric is the sum over the
-- rows of certain kinds: which, the program decides metric by metric (warehouse::totals), for platforms report some
-- figures of an account as a whole and others of its parts. So far one kind gave all of them, and what the others alone
-- report was not to be seen.
CREATE TABLE reported_metrics (
    workspace_id integer  NOT NULL,
    account_id   integer  NOT NULL,
    family       text     NOT NULL,
    kind         smallint NOT NULL,
    -- Names, as those of the columns. May be empty: rows that carry nothing but fields of the vendor's own.
    metrics      text[]   NOT NULL,
    CONSTRAINT reported_metrics_pkey PRIMARY KEY (workspace_id, account_id, family, kind),
    CONSTRAINT reported_metrics_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT reported_metrics_family_known CHECK (family IN ('ads', 'social', 'web', 'search', 'email', 'crm'))
);
CALL protect_tenant_table('reported_metrics');
DROP TABLE account_totals;

-- What is stored so far. The measures of a family are the columns of its facts, but for those that make up the key.
DO $$
DECLARE
    f text;
    measures text;
BEGIN
    FOREACH f IN ARRAY ARRAY['ads', 'social', 'web', 'search', 'email', 'crm'] LOOP
        SELECT string_agg(format('CASE WHEN count(%1$I) > 0 THEN %1$L END', attname), ', ') INTO measures
        FROM pg_attribute
        WHERE attrelid = ('facts_' || f)::regclass AND attnum > 0 AND NOT attisdropped
          AND attname NOT IN ('workspace_id', 'account_id', 'entity_id', 'day', 'kind', 'stream', 'currency', 'import_id', 'extra', 'hash');
        EXECUTE format(
            'INSERT INTO reported_metrics (workspace_id, account_id, family, kind, metrics)
             SELECT workspace_id, account_id, %1$L, kind, array_remove(ARRAY[%2$s]::text[], NULL)
             FROM facts_%1$s GROUP BY workspace_id, account_id, kind', f, measures);
    END LOOP;
END $$;
