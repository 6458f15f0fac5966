-- The other families of figures beside advertising: social, web, search, e-mail, customer relations.
--
-- Each family has its own three tables, shaped like those of advertising, so that each is small, dense and readable by
-- any SQL client. Measures are named like the metrics of the catalogue, in its scale (money, conversions and positions
-- by 10^6); NULL is "not reported".
--
-- Numbers of `kind` stay apart by family: 0 to 9 the account and the advertising tree, 10 to 19 social, 20 to 29 web,
-- 30 to 39 e-mail, 40 to 49 customer relations. Which of them exist, the program says (warehouse::load::kind_number).

ALTER TABLE entities DROP CONSTRAINT entities_kind_known;
ALTER TABLE entities ADD CONSTRAINT entities_kind_known CHECK (kind BETWEEN 0 AND 49);

-- Which stream of a connector wrote a row. A slice replaces the days that it read, but only its own rows: a platform may
-- read figures of one kind by several streams (a page's followers and its views; visits and costs of campaigns), and
-- each must leave the others alone. A row of a second stream for the same entity and day stands beside that of the
-- first: they are parts of one fact, put together when it is read.
--
-- A number instead of a name: it stands between kind and day, where the index had two bytes of padding, so the key does
-- not grow, and a slice is still one contiguous stretch of it. Numbers count from 0 for each account, family, kind and
-- dimension: rows from before, and rows of files, are 0, which is also what the first (mostly only) stream gets. So no
-- fact is written anew by this change; only the indexes are.
ALTER TABLE facts_ads ADD COLUMN stream smallint NOT NULL DEFAULT 0;
ALTER TABLE facts_ads DROP CONSTRAINT facts_ads_pkey;
ALTER TABLE facts_ads ADD CONSTRAINT facts_ads_pkey
    PRIMARY KEY (workspace_id, account_id, kind, stream, day, entity_id);
ALTER TABLE facts_ads_by ADD COLUMN stream smallint NOT NULL DEFAULT 0;
ALTER TABLE facts_ads_by DROP CONSTRAINT facts_ads_by_pkey;
ALTER TABLE facts_ads_by ADD CONSTRAINT facts_ads_by_pkey
    PRIMARY KEY (workspace_id, account_id, kind, stream, dimension, day, entity_id, value);

-- The names behind the numbers.
CREATE TABLE fact_streams (
    workspace_id integer  NOT NULL,
    account_id   integer  NOT NULL,
    family       text     NOT NULL,
    kind         smallint NOT NULL,
    -- Empty: plain facts.
    dimension    text     NOT NULL,
    stream       smallint NOT NULL,
    name         text     NOT NULL,
    CONSTRAINT fact_streams_pkey PRIMARY KEY (workspace_id, account_id, family, kind, dimension, stream),
    CONSTRAINT fact_streams_name_key UNIQUE (workspace_id, account_id, family, kind, dimension, name),
    CONSTRAINT fact_streams_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fact_streams_family_known CHECK (family IN ('ads', 'social', 'web', 'search', 'email', 'crm'))
);
CALL protect_tenant_table('fact_streams');

-- The kinds whose rows add up to an account's totals, by family. Of most families one kind does (the first that has rows,
-- of an order that the program knows: for advertising campaigns before the account itself); of customer relations deals
-- and the account do together, for they report different metrics. No row: no figures of that family.
CREATE TABLE account_totals (
    workspace_id integer  NOT NULL,
    account_id   integer  NOT NULL,
    family       text     NOT NULL,
    kind         smallint NOT NULL,
    CONSTRAINT account_totals_pkey PRIMARY KEY (workspace_id, account_id, family, kind),
    CONSTRAINT account_totals_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT account_totals_family_known CHECK (family IN ('ads', 'social', 'web', 'search', 'email', 'crm'))
);
CALL protect_tenant_table('account_totals');
INSERT INTO account_totals (workspace_id, account_id, family, kind)
SELECT a.workspace_id, a.id, 'ads', a.totals_kind FROM accounts a
WHERE EXISTS (
    SELECT FROM rollup_ads_account_day r
    WHERE r.workspace_id = a.workspace_id AND r.account_id = a.id AND r.kind = a.totals_kind
);
ALTER TABLE accounts DROP COLUMN totals_kind;

-- File imports, and what they replaced, of all families.
ALTER TABLE fact_imports ADD COLUMN family text NOT NULL DEFAULT 'ads';
ALTER TABLE fact_imports ALTER COLUMN family DROP DEFAULT;
ALTER TABLE fact_imports DROP CONSTRAINT fact_imports_pkey;
ALTER TABLE fact_imports ADD CONSTRAINT fact_imports_pkey
    PRIMARY KEY (workspace_id, import_id, account_id, family, kind, dimension);

-- One table for all families: rows are few and short-lived, and a measure that the family lacks costs nothing.
ALTER TABLE fact_undo ADD COLUMN family text NOT NULL DEFAULT 'ads';
ALTER TABLE fact_undo ALTER COLUMN family DROP DEFAULT;
ALTER TABLE fact_undo DROP CONSTRAINT fact_undo_pkey;
ALTER TABLE fact_undo ADD CONSTRAINT fact_undo_pkey
    PRIMARY KEY (workspace_id, import_id, account_id, family, kind, dimension, day, entity_id, value);
ALTER TABLE fact_undo
    ADD COLUMN likes bigint,
    ADD COLUMN comments bigint,
    ADD COLUMN shares bigint,
    ADD COLUMN saves bigint,
    ADD COLUMN profile_views bigint,
    ADD COLUMN hashtag_uses bigint,
    ADD COLUMN followers bigint,
    ADD COLUMN new_followers bigint,
    ADD COLUMN watch_seconds bigint,
    ADD COLUMN sessions bigint,
    ADD COLUMN engaged_sessions bigint,
    ADD COLUMN new_users bigint,
    ADD COLUMN pageviews bigint,
    ADD COLUMN events bigint,
    ADD COLUMN users bigint,
    ADD COLUMN active_users bigint,
    ADD COLUMN engagement_seconds bigint,
    ADD COLUMN position bigint,
    ADD COLUMN subscribers bigint,
    ADD COLUMN emails_sent bigint,
    ADD COLUMN delivered bigint,
    ADD COLUMN opens bigint,
    ADD COLUMN unique_opens bigint,
    ADD COLUMN unique_clicks bigint,
    ADD COLUMN bounces bigint,
    ADD COLUMN hard_bounces bigint,
    ADD COLUMN soft_bounces bigint,
    ADD COLUMN unsubscribes bigint,
    ADD COLUMN spam_complaints bigint,
    ADD COLUMN subscribers_added bigint,
    ADD COLUMN subscribers_removed bigint,
    ADD COLUMN mqls bigint,
    ADD COLUMN sqls bigint,
    ADD COLUMN leads_converted bigint,
    ADD COLUMN deals_created bigint,
    ADD COLUMN deals_won bigint,
    ADD COLUMN deals_lost bigint,
    ADD COLUMN program_successes bigint,
    ADD COLUMN pipeline_value bigint,
    ADD COLUMN weighted_pipeline_value bigint,
    ADD COLUMN stage_transition bigint;

-- Clicks of ads are not clicks of e-mails.
ALTER TABLE restatements ADD COLUMN family text NOT NULL DEFAULT 'ads';
ALTER TABLE restatements ALTER COLUMN family DROP DEFAULT;
ALTER TABLE restatements DROP CONSTRAINT restatements_pkey;
ALTER TABLE restatements ADD CONSTRAINT restatements_pkey
    PRIMARY KEY (workspace_id, account_id, changed_on, family, day, currency, metric);

-- Organic social media: pages, posts, stories, videos.
CREATE TABLE facts_social (
    workspace_id  integer  NOT NULL,
    account_id    integer  NOT NULL,
    entity_id     bigint   NOT NULL,
    day           date     NOT NULL,
    kind          smallint NOT NULL,
    stream        smallint NOT NULL,
    currency      char(3)  NOT NULL,
    import_id     integer,
    impressions   bigint,
    clicks        bigint,
    link_clicks   bigint,
    video_views   bigint,
    engagements   bigint,
    reach         bigint,
    likes         bigint,
    comments      bigint,
    shares        bigint,
    saves         bigint,
    profile_views bigint,
    hashtag_uses  bigint,
    followers     bigint,
    new_followers bigint,
    watch_seconds bigint,
    extra         jsonb,
    hash          bigint   NOT NULL,
    CONSTRAINT facts_social_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, day, entity_id)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_social');
CREATE TABLE facts_social_by (
    workspace_id  integer  NOT NULL,
    account_id    integer  NOT NULL,
    entity_id     bigint   NOT NULL,
    day           date     NOT NULL,
    kind          smallint NOT NULL,
    stream        smallint NOT NULL,
    currency      char(3)  NOT NULL,
    dimension     text     NOT NULL,
    value         text     NOT NULL,
    import_id     integer,
    impressions   bigint,
    clicks        bigint,
    link_clicks   bigint,
    video_views   bigint,
    engagements   bigint,
    reach         bigint,
    likes         bigint,
    comments      bigint,
    shares        bigint,
    saves         bigint,
    profile_views bigint,
    hashtag_uses  bigint,
    followers     bigint,
    new_followers bigint,
    watch_seconds bigint,
    extra         jsonb,
    hash          bigint   NOT NULL,
    CONSTRAINT facts_social_by_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, dimension, day, entity_id, value)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_social_by');
CREATE TABLE rollup_social_account_day (
    workspace_id  integer  NOT NULL,
    account_id    integer  NOT NULL,
    kind          smallint NOT NULL,
    day           date     NOT NULL,
    currency      char(3)  NOT NULL,
    -- Entities with facts behind it.
    facts         integer  NOT NULL,
    impressions   bigint,
    clicks        bigint,
    link_clicks   bigint,
    video_views   bigint,
    engagements   bigint,
    likes         bigint,
    comments      bigint,
    shares        bigint,
    saves         bigint,
    profile_views bigint,
    hashtag_uses  bigint,
    new_followers bigint,
    watch_seconds bigint,
    CONSTRAINT rollup_social_account_day_pkey PRIMARY KEY (workspace_id, kind, day, account_id, currency)
);
CREATE INDEX rollup_social_account_day_account ON rollup_social_account_day (workspace_id, account_id, kind, day);
CALL protect_tenant_table('rollup_social_account_day');

-- Web analytics.
CREATE TABLE facts_web (
    workspace_id       integer  NOT NULL,
    account_id         integer  NOT NULL,
    entity_id          bigint   NOT NULL,
    day                date     NOT NULL,
    kind               smallint NOT NULL,
    stream             smallint NOT NULL,
    currency           char(3)  NOT NULL,
    import_id          integer,
    impressions        bigint,
    clicks             bigint,
    spend              bigint,
    conversions        bigint,
    all_conversions    bigint,
    conversion_value   bigint,
    revenue            bigint,
    sessions           bigint,
    engaged_sessions   bigint,
    new_users          bigint,
    pageviews          bigint,
    events             bigint,
    users              bigint,
    active_users       bigint,
    engagement_seconds bigint,
    extra              jsonb,
    hash               bigint   NOT NULL,
    CONSTRAINT facts_web_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, day, entity_id)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_web');
CREATE TABLE facts_web_by (
    workspace_id       integer  NOT NULL,
    account_id         integer  NOT NULL,
    entity_id          bigint   NOT NULL,
    day                date     NOT NULL,
    kind               smallint NOT NULL,
    stream             smallint NOT NULL,
    currency           char(3)  NOT NULL,
    dimension          text     NOT NULL,
    value              text     NOT NULL,
    import_id          integer,
    impressions        bigint,
    clicks             bigint,
    spend              bigint,
    conversions        bigint,
    all_conversions    bigint,
    conversion_value   bigint,
    revenue            bigint,
    sessions           bigint,
    engaged_sessions   bigint,
    new_users          bigint,
    pageviews          bigint,
    events             bigint,
    users              bigint,
    active_users       bigint,
    engagement_seconds bigint,
    extra              jsonb,
    hash               bigint   NOT NULL,
    CONSTRAINT facts_web_by_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, dimension, day, entity_id, value)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_web_by');
CREATE TABLE rollup_web_account_day (
    workspace_id       integer  NOT NULL,
    account_id         integer  NOT NULL,
    kind               smallint NOT NULL,
    day                date     NOT NULL,
    currency           char(3)  NOT NULL,
    -- Entities with facts behind it.
    facts              integer  NOT NULL,
    impressions        bigint,
    clicks             bigint,
    spend              bigint,
    conversions        bigint,
    all_conversions    bigint,
    conversion_value   bigint,
    revenue            bigint,
    sessions           bigint,
    engaged_sessions   bigint,
    new_users          bigint,
    pageviews          bigint,
    events             bigint,
    engagement_seconds bigint,
    CONSTRAINT rollup_web_account_day_pkey PRIMARY KEY (workspace_id, kind, day, account_id, currency)
);
CREATE INDEX rollup_web_account_day_account ON rollup_web_account_day (workspace_id, account_id, kind, day);
CALL protect_tenant_table('rollup_web_account_day');

-- Organic search. A position is a mean, weighted by the impressions of the same row.
CREATE TABLE facts_search (
    workspace_id integer  NOT NULL,
    account_id   integer  NOT NULL,
    entity_id    bigint   NOT NULL,
    day          date     NOT NULL,
    kind         smallint NOT NULL,
    stream       smallint NOT NULL,
    currency     char(3)  NOT NULL,
    import_id    integer,
    impressions  bigint,
    clicks       bigint,
    position     bigint,
    extra        jsonb,
    hash         bigint   NOT NULL,
    CONSTRAINT facts_search_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, day, entity_id)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_search');
CREATE TABLE facts_search_by (
    workspace_id integer  NOT NULL,
    account_id   integer  NOT NULL,
    entity_id    bigint   NOT NULL,
    day          date     NOT NULL,
    kind         smallint NOT NULL,
    stream       smallint NOT NULL,
    currency     char(3)  NOT NULL,
    dimension    text     NOT NULL,
    value        text     NOT NULL,
    import_id    integer,
    impressions  bigint,
    clicks       bigint,
    position     bigint,
    extra        jsonb,
    hash         bigint   NOT NULL,
    CONSTRAINT facts_search_by_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, dimension, day, entity_id, value)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_search_by');
CREATE TABLE rollup_search_account_day (
    workspace_id    integer  NOT NULL,
    account_id      integer  NOT NULL,
    kind            smallint NOT NULL,
    day             date     NOT NULL,
    currency        char(3)  NOT NULL,
    -- Entities with facts behind it.
    facts           integer  NOT NULL,
    impressions     bigint,
    clicks          bigint,
    -- Position × impressions over the facts that report both, exactly; the mean is this by position_weight, their impressions.
    position_sum    numeric,
    position_weight bigint,
    CONSTRAINT rollup_search_account_day_pkey PRIMARY KEY (workspace_id, kind, day, account_id, currency)
);
CREATE INDEX rollup_search_account_day_account ON rollup_search_account_day (workspace_id, account_id, kind, day);
CALL protect_tenant_table('rollup_search_account_day');

-- E-mail: campaigns, automations, lists.
CREATE TABLE facts_email (
    workspace_id        integer  NOT NULL,
    account_id          integer  NOT NULL,
    entity_id           bigint   NOT NULL,
    day                 date     NOT NULL,
    kind                smallint NOT NULL,
    stream              smallint NOT NULL,
    currency            char(3)  NOT NULL,
    import_id           integer,
    clicks              bigint,
    conversion_value    bigint,
    revenue             bigint,
    subscribers         bigint,
    emails_sent         bigint,
    delivered           bigint,
    opens               bigint,
    unique_opens        bigint,
    unique_clicks       bigint,
    bounces             bigint,
    hard_bounces        bigint,
    soft_bounces        bigint,
    unsubscribes        bigint,
    spam_complaints     bigint,
    subscribers_added   bigint,
    subscribers_removed bigint,
    extra               jsonb,
    hash                bigint   NOT NULL,
    CONSTRAINT facts_email_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, day, entity_id)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_email');
CREATE TABLE facts_email_by (
    workspace_id        integer  NOT NULL,
    account_id          integer  NOT NULL,
    entity_id           bigint   NOT NULL,
    day                 date     NOT NULL,
    kind                smallint NOT NULL,
    stream              smallint NOT NULL,
    currency            char(3)  NOT NULL,
    dimension           text     NOT NULL,
    value               text     NOT NULL,
    import_id           integer,
    clicks              bigint,
    conversion_value    bigint,
    revenue             bigint,
    subscribers         bigint,
    emails_sent         bigint,
    delivered           bigint,
    opens               bigint,
    unique_opens        bigint,
    unique_clicks       bigint,
    bounces             bigint,
    hard_bounces        bigint,
    soft_bounces        bigint,
    unsubscribes        bigint,
    spam_complaints     bigint,
    subscribers_added   bigint,
    subscribers_removed bigint,
    extra               jsonb,
    hash                bigint   NOT NULL,
    CONSTRAINT facts_email_by_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, dimension, day, entity_id, value)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_email_by');
CREATE TABLE rollup_email_account_day (
    workspace_id        integer  NOT NULL,
    account_id          integer  NOT NULL,
    kind                smallint NOT NULL,
    day                 date     NOT NULL,
    currency            char(3)  NOT NULL,
    -- Entities with facts behind it.
    facts               integer  NOT NULL,
    clicks              bigint,
    conversion_value    bigint,
    revenue             bigint,
    emails_sent         bigint,
    delivered           bigint,
    opens               bigint,
    unique_opens        bigint,
    unique_clicks       bigint,
    bounces             bigint,
    hard_bounces        bigint,
    soft_bounces        bigint,
    unsubscribes        bigint,
    spam_complaints     bigint,
    subscribers_added   bigint,
    subscribers_removed bigint,
    CONSTRAINT rollup_email_account_day_pkey PRIMARY KEY (workspace_id, kind, day, account_id, currency)
);
CREATE INDEX rollup_email_account_day_account ON rollup_email_account_day (workspace_id, account_id, kind, day);
CALL protect_tenant_table('rollup_email_account_day');

-- Customer relations, derived from the records below. Rows are in the currency of the deal: one account may hold
-- several, so these are the only facts whose currency need not be their account's.
CREATE TABLE facts_crm (
    workspace_id            integer  NOT NULL,
    account_id              integer  NOT NULL,
    entity_id               bigint   NOT NULL,
    day                     date     NOT NULL,
    kind                    smallint NOT NULL,
    stream                  smallint NOT NULL,
    currency                char(3)  NOT NULL,
    import_id               integer,
    conversion_value        bigint,
    revenue                 bigint,
    leads                   bigint,
    mqls                    bigint,
    sqls                    bigint,
    leads_converted         bigint,
    deals_created           bigint,
    deals_won               bigint,
    deals_lost              bigint,
    program_successes       bigint,
    pipeline_value          bigint,
    weighted_pipeline_value bigint,
    stage_transition        bigint,
    extra                   jsonb,
    hash                    bigint   NOT NULL,
    CONSTRAINT facts_crm_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, day, entity_id)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_crm');
CREATE TABLE facts_crm_by (
    workspace_id            integer  NOT NULL,
    account_id              integer  NOT NULL,
    entity_id               bigint   NOT NULL,
    day                     date     NOT NULL,
    kind                    smallint NOT NULL,
    stream                  smallint NOT NULL,
    currency                char(3)  NOT NULL,
    dimension               text     NOT NULL,
    value                   text     NOT NULL,
    import_id               integer,
    conversion_value        bigint,
    revenue                 bigint,
    leads                   bigint,
    mqls                    bigint,
    sqls                    bigint,
    leads_converted         bigint,
    deals_created           bigint,
    deals_won               bigint,
    deals_lost              bigint,
    program_successes       bigint,
    pipeline_value          bigint,
    weighted_pipeline_value bigint,
    stage_transition        bigint,
    extra                   jsonb,
    hash                    bigint   NOT NULL,
    CONSTRAINT facts_crm_by_pkey PRIMARY KEY (workspace_id, account_id, kind, stream, dimension, day, entity_id, value)
) PARTITION BY RANGE (day);
CALL protect_tenant_table('facts_crm_by');
CREATE TABLE rollup_crm_account_day (
    workspace_id      integer  NOT NULL,
    account_id        integer  NOT NULL,
    kind              smallint NOT NULL,
    day               date     NOT NULL,
    currency          char(3)  NOT NULL,
    -- Entities with facts behind it.
    facts             integer  NOT NULL,
    conversion_value  bigint,
    revenue           bigint,
    leads             bigint,
    mqls              bigint,
    sqls              bigint,
    leads_converted   bigint,
    deals_created     bigint,
    deals_won         bigint,
    deals_lost        bigint,
    program_successes bigint,
    stage_transition  bigint,
    CONSTRAINT rollup_crm_account_day_pkey PRIMARY KEY (workspace_id, kind, day, account_id, currency)
);
CREATE INDEX rollup_crm_account_day_account ON rollup_crm_account_day (workspace_id, account_id, kind, day);
CALL protect_tenant_table('rollup_crm_account_day');

-- Records of customer relations, as they stand now, without names and addresses of people. What they come to on a day is
-- counted from them into facts_crm, in the transaction that writes them, for the days that they touch. A record that
-- was deleted at the vendor's stays as a tombstone (deleted_at) and counts on no day.

CREATE TABLE crm_deals (
    workspace_id integer     NOT NULL,
    account_id   integer     NOT NULL,
    remote_id    text        NOT NULL,
    name         text        NOT NULL,
    -- Ids of the vendor, as are stage and owner.
    pipeline     text,
    stage        text,
    -- NULL where it can't be told: then the deal counts as made only.
    state        text,
    -- The chance to win it, 0 to 1.
    probability  numeric,
    -- By 10^6, in the currency.
    amount       bigint,
    currency     char(3)     NOT NULL,
    owner        text,
    created      date,
    closed       date,
    changed_at   timestamptz,
    attributes   jsonb       NOT NULL,
    deleted_at   timestamptz,
    merged_into  text,
    CONSTRAINT crm_deals_pkey PRIMARY KEY (workspace_id, account_id, remote_id),
    CONSTRAINT crm_deals_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT crm_deals_state_known CHECK (state IN ('open', 'won', 'lost', 'closed')),
    CONSTRAINT crm_deals_currency_form CHECK (currency ~ '^[A-Z]{3}$')
);
-- A load counts the days that it touched anew: what was made or closed on them must be found without reading all deals.
CREATE INDEX crm_deals_created ON crm_deals (workspace_id, account_id, created);
CREATE INDEX crm_deals_closed ON crm_deals (workspace_id, account_id, closed);
CALL protect_tenant_table('crm_deals');

-- Leads, and with them contacts and companies.
CREATE TABLE crm_leads (
    workspace_id integer     NOT NULL,
    account_id   integer     NOT NULL,
    record       text        NOT NULL,
    remote_id    text        NOT NULL,
    -- Of a company; of people no name is kept.
    name         text,
    -- The vendor's own word for the stage of the life cycle.
    stage        text,
    owner        text,
    created_at   timestamptz,
    changed_at   timestamptz,
    attributes   jsonb       NOT NULL,
    deleted_at   timestamptz,
    merged_into  text,
    CONSTRAINT crm_leads_pkey PRIMARY KEY (workspace_id, account_id, record, remote_id),
    CONSTRAINT crm_leads_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT crm_leads_record_known CHECK (record IN ('contact', 'lead', 'company'))
);
CALL protect_tenant_table('crm_leads');

-- Each move of a deal from stage to stage, and each step of a contact, lead or company on its way to a customer. A step
-- that the vendor took back stays: it was taken.
CREATE TABLE crm_stage_transitions (
    workspace_id    integer     NOT NULL,
    account_id      integer     NOT NULL,
    record          text        NOT NULL,
    remote_id       text        NOT NULL,
    at              timestamptz NOT NULL,
    -- Of deals the vendor's id of the stage; of others lead, mql, sql, opportunity, customer or converted.
    to_stage        text        NOT NULL,
    -- NULL: it came into being, or nobody knows.
    from_stage      text,
    seconds_in_from bigint,
    -- Of the moment, in UTC: the day that it counts on.
    day             date        NOT NULL,
    CONSTRAINT crm_stage_transitions_pkey PRIMARY KEY (workspace_id, account_id, record, remote_id, at, to_stage),
    CONSTRAINT crm_stage_transitions_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT crm_stage_transitions_record_known CHECK (record IN ('deal', 'contact', 'lead', 'company'))
);
CREATE INDEX crm_stage_transitions_day ON crm_stage_transitions (workspace_id, account_id, day);
CALL protect_tenant_table('crm_stage_transitions');

-- Which records belong together: how a deal finds the contact that it came from.
CREATE TABLE crm_links (
    workspace_id integer NOT NULL,
    account_id   integer NOT NULL,
    from_record  text    NOT NULL,
    from_id      text    NOT NULL,
    to_record    text    NOT NULL,
    to_id        text    NOT NULL,
    -- The vendor's own kind of link.
    role         text    NOT NULL,
    CONSTRAINT crm_links_pkey PRIMARY KEY (workspace_id, account_id, from_record, from_id, to_record, to_id, role),
    CONSTRAINT crm_links_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE
);
CALL protect_tenant_table('crm_links');
