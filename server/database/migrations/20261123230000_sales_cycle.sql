-- The sales cycle, open deals, and cohorts: how far the people got who came to be known on a day.
ALTER TABLE facts_crm
    ADD COLUMN sales_cycle_days bigint,
    ADD COLUMN open_deals       bigint,
    ADD COLUMN cohort_leads     bigint,
    ADD COLUMN cohort_mqls      bigint,
    ADD COLUMN cohort_sqls      bigint,
    ADD COLUMN cohort_customers bigint;
ALTER TABLE facts_crm_by
    ADD COLUMN sales_cycle_days bigint,
    ADD COLUMN open_deals       bigint,
    ADD COLUMN cohort_leads     bigint,
    ADD COLUMN cohort_mqls      bigint,
    ADD COLUMN cohort_sqls      bigint,
    ADD COLUMN cohort_customers bigint;
ALTER TABLE rollup_crm_account_day
    ADD COLUMN cohort_leads            bigint,
    ADD COLUMN cohort_mqls             bigint,
    ADD COLUMN cohort_sqls             bigint,
    ADD COLUMN cohort_customers        bigint,
    -- Days × deals won over the facts that report both, exactly; the mean is this by the weight, their deals won.
    ADD COLUMN sales_cycle_days_sum    numeric,
    ADD COLUMN sales_cycle_days_weight bigint;

ALTER TABLE crm_leads
    -- When the person came to be known: the day of creation, in UTC, or of the first step. NULL: in no cohort.
    ADD COLUMN cohort_day date,
    -- The furthest step: 1 lead, 2 MQL, 3 SQL or an opportunity, 4 customer; 0 none. NULL: to be settled by the next load.
    ADD COLUMN reached    smallint,
    ADD CONSTRAINT crm_leads_reached_known CHECK (reached BETWEEN 0 AND 4);
CREATE INDEX crm_leads_cohort ON crm_leads (workspace_id, account_id, cohort_day);
CREATE INDEX crm_leads_reached ON crm_leads (workspace_id, account_id, reached);
CREATE INDEX crm_links_to ON crm_links (workspace_id, account_id, to_record, to_id);

-- What is stored so far. (The cohorts come with the next load. A hash tells a row from what came, so the stale ones cost no
-- more than one comparison.)
UPDATE facts_crm f SET sales_cycle_days = (d.closed - d.created) * 1000000::bigint
FROM entities e, crm_deals d
WHERE f.deals_won > 0 AND e.workspace_id = f.workspace_id AND e.id = f.entity_id
  AND d.workspace_id = f.workspace_id AND d.account_id = f.account_id AND d.remote_id = e.remote_id
  AND d.state = 'won' AND d.closed = f.day AND d.closed >= d.created AND d.deleted_at IS NULL;
UPDATE facts_crm SET open_deals = CASE WHEN pipeline_value = 0 THEN 0 ELSE 1 END WHERE pipeline_value IS NOT NULL;
UPDATE rollup_crm_account_day r SET sales_cycle_days_sum = f.days, sales_cycle_days_weight = f.won
FROM (SELECT workspace_id, account_id, kind, day, currency, sum(sales_cycle_days::numeric * deals_won) AS days,
             sum(deals_won)::bigint AS won
      FROM facts_crm WHERE sales_cycle_days IS NOT NULL AND deals_won IS NOT NULL
      GROUP BY workspace_id, account_id, kind, day, currency) f
WHERE r.workspace_id = f.workspace_id AND r.account_id = f.account_id AND r.kind = f.kind AND r.day = f.day
  AND r.currency = f.currency;
UPDATE reported_metrics r SET metrics = metrics || ARRAY['sales_cycle_days']
WHERE family = 'crm' AND EXISTS (
    SELECT FROM facts_crm f WHERE f.workspace_id = r.workspace_id AND f.account_id = r.account_id AND f.kind = r.kind
        AND f.sales_cycle_days IS NOT NULL);
UPDATE reported_metrics SET metrics = metrics || ARRAY['open_deals']
WHERE family = 'crm' AND 'pipeline_value' = ANY (metrics);
