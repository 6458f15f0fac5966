-- The warehouse: accounts, entities, advertising facts, rollups, rates, and what was changed when.
--
-- Facts and what hangs on them have no foreign keys: checking one per row would halve the speed of loading, and the
-- loader resolves every id itself. warehouse::load::delete_account_data and delete_workspace_data remove all of it.
--
-- Numbers of `kind` (also in entities and accounts.totals_kind): 0 account, 1 campaign, 2 ad group, 3 ad.

CREATE TABLE accounts (
    workspace_id     integer     NOT NULL,
    id               integer     GENERATED ALWAYS AS IDENTITY,
    platform         text        NOT NULL,
    -- An account that a file made is another one than the account that a connector reads, even if they are called the
    -- same: else their figures would be added up, or overwrite each other.
    source           text        NOT NULL,
    remote_id        text        NOT NULL,
    name             text        NOT NULL,
    currency         char(3)     NOT NULL,
    time_zone        text        NOT NULL,
    -- Belongs to the pipeline, which comes later: no foreign key.
    connection_id    integer,
    -- The kind whose facts are the account's totals: its own rows, until rows of campaigns were loaded.
    totals_kind      smallint    NOT NULL DEFAULT 0,
    complete_until   date,
    provisional_from date,
    as_of            timestamptz,
    remark           text,
    CONSTRAINT accounts_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT accounts_remote_key UNIQUE (workspace_id, platform, source, remote_id),
    CONSTRAINT accounts_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT accounts_source_known CHECK (source IN ('connector', 'file')),
    CONSTRAINT accounts_platform_form CHECK (platform ~ '^[a-z0-9_]{1,40}$'),
    CONSTRAINT accounts_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT accounts_totals_kind_known CHECK (totals_kind IN (0, 1))
);
CREATE INDEX accounts_connection ON accounts (workspace_id, connection_id);
CALL protect_tenant_table('accounts');

CREATE TABLE entities (
    workspace_id integer     NOT NULL,
    id           bigint      GENERATED ALWAYS AS IDENTITY,
    account_id   integer     NOT NULL,
    kind         smallint    NOT NULL,
    remote_id    text        NOT NULL,
    parent_id    bigint,
    -- Ancestors (and the row itself), so that facts of ads are grouped by campaign with one join.
    campaign_id  bigint,
    ad_group_id  bigint,
    -- Equal to remote_id as long as only facts or children of it were seen.
    name         text        NOT NULL,
    status       text,
    attributes   jsonb       NOT NULL DEFAULT '{}',
    first_seen   timestamptz NOT NULL,
    -- To the day: written at most once a day, so that reading again changes nothing.
    last_seen    timestamptz NOT NULL,
    CONSTRAINT entities_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT entities_remote_key UNIQUE (workspace_id, account_id, kind, remote_id),
    CONSTRAINT entities_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT entities_kind_known CHECK (kind BETWEEN 0 AND 3)
);
CALL protect_tenant_table('entities');

-- Names that an entity had before.
CREATE TABLE entity_names (
    workspace_id integer     NOT NULL,
    entity_id    bigint      NOT NULL,
    -- When the name was replaced.
    until        timestamptz NOT NULL,
    name         text        NOT NULL,
    CONSTRAINT entity_names_pkey PRIMARY KEY (workspace_id, entity_id, until),
    CONSTRAINT entity_names_entity_fkey FOREIGN KEY (workspace_id, entity_id) REFERENCES entities (workspace_id, id) ON DELETE CASCADE
);
CALL protect_tenant_table('entity_names');

-- Advertising figures: one row per entity and day, as the vendor reported it for that entity. Rows of an account, its
-- campaigns and its ads stand side by side and are never added to each other.
-- Measures are scaled integers: money and (all_)conversions by 10^6, the others whole. NULL is "not reported".
--
-- `kind` repeats the entity's kind, before the day in the key: queries and loads ask for one kind of one account over
-- some days, which so is one contiguous stretch of the index; ads, fifty times as many rows, never get in the way of
-- campaigns; and a batch sorted like the key fills the index from the right.
CREATE TABLE facts_ads (
    workspace_id     integer  NOT NULL,
    account_id       integer  NOT NULL,
    entity_id        bigint   NOT NULL,
    day              date     NOT NULL,
    kind             smallint NOT NULL,
    currency         char(3)  NOT NULL,
    -- The file import that wrote the row; NULL: a connector.
    import_id        integer,
    impressions      bigint,
    clicks           bigint,
    link_clicks      bigint,
    video_views      bigint,
    engagements      bigint,
    reach            bigint,
    spend            bigint,
    conversions      bigint,
    all_conversions  bigint,
    conversion_value bigint,
    revenue          bigint,
    leads            bigint,
    budget           bigint,
    -- Fields of the vendor without a canonical name.
    extra            jsonb,
    -- warehouse::load::hash over currency, measures and extra: tells whether a row that is read again has changed.
    hash             bigint   NOT NULL,
    CONSTRAINT facts_ads_pkey PRIMARY KEY (workspace_id, account_id, kind, day, entity_id)
) PARTITION BY RANGE (day);
-- No BRIN on the day: it slowed loading down by 20 % (measured, 124,000 rows), and answers nothing, since months are
-- partitions and every question names its accounts.
CALL protect_tenant_table('facts_ads');

-- The same figures broken down by one dimension (device, hour, keyword, age, placement …): in a table of their own,
-- because each dimension repeats the totals.
CREATE TABLE facts_ads_by (
    workspace_id     integer  NOT NULL,
    account_id       integer  NOT NULL,
    entity_id        bigint   NOT NULL,
    day              date     NOT NULL,
    kind             smallint NOT NULL,
    currency         char(3)  NOT NULL,
    dimension        text     NOT NULL,
    value            text     NOT NULL,
    import_id        integer,
    impressions      bigint,
    clicks           bigint,
    link_clicks      bigint,
    video_views      bigint,
    engagements      bigint,
    reach            bigint,
    spend            bigint,
    conversions      bigint,
    all_conversions  bigint,
    conversion_value bigint,
    revenue          bigint,
    leads            bigint,
    budget           bigint,
    extra            jsonb,
    hash             bigint   NOT NULL,
    CONSTRAINT facts_ads_by_pkey PRIMARY KEY (workspace_id, account_id, kind, dimension, day, entity_id, value)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_ads_by');

-- Sums per account and day, for each kind, written in the transaction that writes the facts, for touched days only.
-- It answers everything that asks for no entity; it counts rows before they are read; and it tells the loader which
-- days hold rows. There is none by campaign: rows of campaigns are facts themselves (kind 1), so it would be as large
-- as what it sums up.
-- Sums stay in the currency of the facts. Converted money is rounded fact by fact, so the rollup answers for money
-- only where no conversion is needed. Reach and budgets can't be summed and are not here.
CREATE TABLE rollup_ads_account_day (
    workspace_id     integer  NOT NULL,
    account_id       integer  NOT NULL,
    kind             smallint NOT NULL,
    day              date     NOT NULL,
    currency         char(3)  NOT NULL,
    -- Facts behind it.
    facts            integer  NOT NULL,
    impressions      bigint,
    clicks           bigint,
    link_clicks      bigint,
    video_views      bigint,
    engagements      bigint,
    spend            bigint,
    conversions      bigint,
    all_conversions  bigint,
    conversion_value bigint,
    revenue          bigint,
    leads            bigint,
    CONSTRAINT rollup_ads_account_day_pkey PRIMARY KEY (workspace_id, kind, day, account_id, currency)
);
CREATE INDEX rollup_ads_account_day_account ON rollup_ads_account_day (workspace_id, account_id, kind, day);
CALL protect_tenant_table('rollup_ads_account_day');

-- Makes the partition of a month. Attaching takes a lighter lock than CREATE … PARTITION OF: readers go on.
CREATE FUNCTION ensure_month_partition(parent regclass, day date) RETURNS void
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
    IF to_regclass(child) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', child, parent);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
        parent, child, month, (month + interval '1 month')::date);
END
$$;

-- Which stretch of facts a file import wrote: where to look when it is undone.
CREATE TABLE fact_imports (
    workspace_id integer  NOT NULL,
    import_id    integer  NOT NULL,
    account_id   integer  NOT NULL,
    kind         smallint NOT NULL,
    -- Empty: facts_ads; else facts_ads_by with that dimension.
    dimension    text     NOT NULL,
    first_day    date     NOT NULL,
    last_day     date     NOT NULL,
    CONSTRAINT fact_imports_pkey PRIMARY KEY (workspace_id, import_id, account_id, kind, dimension),
    CONSTRAINT fact_imports_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX fact_imports_account ON fact_imports (workspace_id, account_id);
CALL protect_tenant_table('fact_imports');

-- Rows that a file import replaced, as they were. (Rows that it added need no copy: they carry its number.)
CREATE TABLE fact_undo (
    workspace_id       integer  NOT NULL,
    -- The import that replaced the row.
    import_id          integer  NOT NULL,
    account_id         integer  NOT NULL,
    kind               smallint NOT NULL,
    -- Empty: facts_ads; else facts_ads_by with that dimension and value.
    dimension          text     NOT NULL,
    value              text     NOT NULL,
    day                date     NOT NULL,
    entity_id          bigint   NOT NULL,
    currency           char(3)  NOT NULL,
    -- Who had written it.
    previous_import_id integer,
    impressions        bigint,
    clicks             bigint,
    link_clicks        bigint,
    video_views        bigint,
    engagements        bigint,
    reach              bigint,
    spend              bigint,
    conversions        bigint,
    all_conversions    bigint,
    conversion_value   bigint,
    revenue            bigint,
    leads              bigint,
    budget             bigint,
    extra              jsonb,
    hash               bigint   NOT NULL,
    CONSTRAINT fact_undo_pkey PRIMARY KEY (workspace_id, import_id, account_id, kind, dimension, day, entity_id, value)
);
CREATE INDEX fact_undo_account ON fact_undo (workspace_id, account_id, previous_import_id);
CALL protect_tenant_table('fact_undo');

-- Days whose totals changed after they had been loaded: one row per account, day and metric for each date (UTC) on
-- which it changed, from the first value of that date to the last. So an hourly sync that re-reads thirty days writes
-- each of them once a day, however often the running day moves. Which campaign moved is not kept.
CREATE TABLE restatements (
    workspace_id integer     NOT NULL,
    account_id   integer     NOT NULL,
    changed_on   date        NOT NULL,
    day          date        NOT NULL,
    currency     char(3)     NOT NULL,
    metric       text        NOT NULL,
    -- Totals in the currency of the facts, in the metric's scale; NULL: not reported.
    old_value    bigint,
    new_value    bigint,
    changed_at   timestamptz NOT NULL,
    -- Who wrote the newest value: a run of a connection or a file import.
    run_id       bigint,
    import_id    integer,
    CONSTRAINT restatements_pkey PRIMARY KEY (workspace_id, account_id, changed_on, day, currency, metric),
    CONSTRAINT restatements_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE
);
CALL protect_tenant_table('restatements');

-- Exchange rates, each workspace its own, so that one can correct them. The euro itself needs no row.
CREATE TABLE fx_rates (
    workspace_id integer         NOT NULL,
    currency     char(3)         NOT NULL,
    day          date            NOT NULL,
    -- Units of the currency for one euro.
    per_eur      numeric(24, 10) NOT NULL,
    CONSTRAINT fx_rates_pkey PRIMARY KEY (workspace_id, currency, day),
    CONSTRAINT fx_rates_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT fx_rates_currency_form CHECK (currency ~ '^[A-Z]{3}$' AND currency <> 'EUR'),
    CONSTRAINT fx_rates_positive CHECK (per_eur > 0)
);
CALL protect_tenant_table('fx_rates');
