-- What campaigns cost by the books of a CRM is a figure of customer relations: mostly it is the same money that an
-- advertising platform reports, and among advertising figures it counted twice.
ALTER TABLE facts_crm ADD COLUMN spend bigint;
ALTER TABLE facts_crm_by ADD COLUMN spend bigint;
ALTER TABLE rollup_crm_account_day ADD COLUMN spend bigint;

-- What was stored among advertising figures goes; the next run brings it where it belongs.
CREATE TEMPORARY TABLE crm_accounts ON COMMIT DROP AS
    SELECT workspace_id, id, connection_id, remote_id FROM accounts
    WHERE source = 'connector' AND platform IN ('salesforce', 'zoho_crm', 'marketo');
DELETE FROM facts_ads f USING crm_accounts a WHERE f.workspace_id = a.workspace_id AND f.account_id = a.id;
DELETE FROM rollup_ads_account_day f USING crm_accounts a WHERE f.workspace_id = a.workspace_id AND f.account_id = a.id;
DELETE FROM reported_metrics f USING crm_accounts a
WHERE f.workspace_id = a.workspace_id AND f.account_id = a.id AND f.family = 'ads';
DELETE FROM fact_streams f USING crm_accounts a
WHERE f.workspace_id = a.workspace_id AND f.account_id = a.id AND f.family = 'ads';
DELETE FROM restatements f USING crm_accounts a
WHERE f.workspace_id = a.workspace_id AND f.account_id = a.id AND f.family = 'ads';
DELETE FROM stream_days d USING crm_accounts a
WHERE d.workspace_id = a.workspace_id AND d.connection_id = a.connection_id AND d.remote_id = a.remote_id
  AND d.stream IN ('campaigns', 'programs');
