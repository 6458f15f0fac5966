-- Budgets of campaigns per day, and what was spent of them.

-- A row for each change: from that day on (in the account's zone) the campaign had this budget. NULL: none of its own per day,
-- or it does not run. Before its first row it is not known.
CREATE TABLE campaign_budgets (
    workspace_id integer NOT NULL,
    account_id   integer NOT NULL,
    entity_id    bigint  NOT NULL,
    day          date    NOT NULL,
    -- By 10^6, in the account's currency.
    amount       bigint,
    CONSTRAINT campaign_budgets_pkey PRIMARY KEY (workspace_id, entity_id, day),
    CONSTRAINT campaign_budgets_entity_fkey
        FOREIGN KEY (workspace_id, entity_id) REFERENCES entities (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX campaign_budgets_account ON campaign_budgets (workspace_id, account_id, day);
CALL protect_tenant_table('campaign_budgets');

-- Spend and budget of the days on which both are known: their quotient is exact for any days and campaigns. Rows without a
-- budget carry nothing but two more absent values.
ALTER TABLE facts_ads
    ADD COLUMN budgeted_spend bigint,
    ADD COLUMN budget_total   bigint;
ALTER TABLE facts_ads_by
    ADD COLUMN budgeted_spend bigint,
    ADD COLUMN budget_total   bigint;
ALTER TABLE rollup_ads_account_day
    ADD COLUMN budgeted_spend bigint,
    ADD COLUMN budget_total   bigint;
-- What imports replace is kept with all its figures, those of customer relations that came lately, too.
ALTER TABLE fact_undo
    ADD COLUMN budgeted_spend   bigint,
    ADD COLUMN budget_total     bigint,
    ADD COLUMN IF NOT EXISTS sales_cycle_days bigint,
    ADD COLUMN IF NOT EXISTS open_deals       bigint,
    ADD COLUMN IF NOT EXISTS cohort_leads     bigint,
    ADD COLUMN IF NOT EXISTS cohort_mqls      bigint,
    ADD COLUMN IF NOT EXISTS cohort_sqls      bigint,
    ADD COLUMN IF NOT EXISTS cohort_customers bigint;
