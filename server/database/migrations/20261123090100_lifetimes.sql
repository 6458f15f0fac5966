-- What things (posts, videos, e-mails of journeys) have come to so far, where a vendor tells no days.
--
-- Two snapshots of each thing are kept: the last one, and what it had come to at the last one of an earlier day. Their
-- difference is what it gained on the day of the last one; it is a fact like any other (of the stream 'gains'), so older
-- snapshots are the sums of facts and need not be kept. Values are objects from a metric's name to its value in the scale
-- of the catalogue; a metric that was never told is absent.
CREATE TABLE lifetime_snapshots (
    workspace_id integer     NOT NULL,
    account_id   integer     NOT NULL,
    family       text        NOT NULL,
    kind         smallint    NOT NULL,
    -- Empty: the thing as a whole.
    dimension    text        NOT NULL,
    entity_id    bigint      NOT NULL,
    value        text        NOT NULL,
    currency     char(3)     NOT NULL,
    -- When it was published or sent, where the vendor tells: what it had come to when it was first seen counts on that
    -- day. NULL: that is where counting starts, and no gain.
    began        date,
    first_day    date        NOT NULL,
    -- Of the last snapshot, in the account's zone.
    day          date        NOT NULL,
    read_at      timestamptz NOT NULL,
    totals       jsonb       NOT NULL,
    -- At the last snapshot of an earlier day.
    totals_before jsonb      NOT NULL,
    -- When each metric was first told.
    totals_first jsonb       NOT NULL,
    -- The vendor's further fields in the last snapshot.
    extra        jsonb,
    CONSTRAINT lifetime_snapshots_pkey PRIMARY KEY (workspace_id, account_id, family, kind, dimension, entity_id, value),
    CONSTRAINT lifetime_snapshots_account_fkey FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT lifetime_snapshots_family_known CHECK (family IN ('ads', 'social', 'web', 'search', 'email', 'crm')),
    CONSTRAINT lifetime_snapshots_days_in_order CHECK (began <= first_day AND first_day <= day)
);
CALL protect_tenant_table('lifetime_snapshots');

-- When streams that tell how things stand now were last read, so that those that need not be read in every run are not.
CREATE TABLE stream_snapshots (
    workspace_id  integer NOT NULL,
    connection_id integer NOT NULL,
    remote_id     text    NOT NULL,
    stream        text    NOT NULL,
    -- In the account's zone.
    day           date    NOT NULL,
    CONSTRAINT stream_snapshots_pkey PRIMARY KEY (workspace_id, connection_id, remote_id, stream),
    CONSTRAINT stream_snapshots_account_fkey FOREIGN KEY (workspace_id, connection_id, remote_id)
        REFERENCES connection_accounts (workspace_id, connection_id, remote_id) ON DELETE CASCADE
);
CALL protect_tenant_table('stream_snapshots');
