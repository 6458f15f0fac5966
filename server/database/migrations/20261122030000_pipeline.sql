-- Connections to vendors, their runs, and which days of which stream have been read.

CREATE TABLE connections (
    id             integer     GENERATED ALWAYS AS IDENTITY,
    workspace_id   integer     NOT NULL,
    platform       text        NOT NULL,
    name           text        NOT NULL,
    -- What a person or the last run decided; "syncing" is derived from sync_runs.
    state          text        NOT NULL DEFAULT 'choosing_accounts',
    reason         text,
    quota_until    timestamptz,
    is_paused      boolean     NOT NULL DEFAULT false,
    schedule       text        NOT NULL DEFAULT 'hourly',
    -- Demo connections run more often than the slowest schedule allows, so that an open page is seen to live.
    every_seconds  integer,
    history_from   date        NOT NULL,
    next_run_at    timestamptz,
    settings       jsonb       NOT NULL DEFAULT '{}',
    -- The vendor's origin is replaced by this one (simulator, proxy).
    base_url       text,
    -- The credentials document as JSON.
    secret         sealed      NOT NULL,
    -- Counts consents: a run that began under an older one can't declare the new one dead.
    grant_number   integer     NOT NULL DEFAULT 0,
    created_by     integer,
    created_at     timestamptz NOT NULL,
    CONSTRAINT connections_pkey PRIMARY KEY (id),
    CONSTRAINT connections_workspace_key UNIQUE (workspace_id, id),
    CONSTRAINT connections_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT connections_user_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT connections_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
    CONSTRAINT connections_state_known CHECK (
        state IN ('choosing_accounts', 'ready', 'waiting_for_quota', 'needs_reconnect', 'failing')),
    CONSTRAINT connections_schedule_known CHECK (
        schedule IN ('quarterly', 'hourly', 'six_hourly', 'daily', 'weekly', 'manual'))
);
CALL protect_tenant_table('connections');

CREATE TABLE connection_accounts (
    workspace_id  integer NOT NULL,
    connection_id integer NOT NULL,
    remote_id     text    NOT NULL,
    name          text    NOT NULL,
    currency      text    NOT NULL,
    time_zone     text    NOT NULL,
    -- How the connector reaches it (the manager above it), in the connector's own words.
    access_path   text,
    is_selected   boolean NOT NULL DEFAULT false,
    CONSTRAINT connection_accounts_pkey PRIMARY KEY (workspace_id, connection_id, remote_id),
    CONSTRAINT connection_accounts_connection_fkey
        FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id) ON DELETE CASCADE
);
CALL protect_tenant_table('connection_accounts');

-- Consents under way: from the click until the vendor sends the browser back. Read before the workspace is known, by
-- the hash of the state parameter only.
CREATE TABLE consents (
    state_hash    bytea       NOT NULL,
    workspace_id  integer     NOT NULL,
    user_id       integer     NOT NULL,
    platform      text        NOT NULL,
    connection_id integer,
    -- PKCE verifier and credential fields, as JSON.
    secret        sealed      NOT NULL,
    expires_at    timestamptz NOT NULL,
    CONSTRAINT consents_pkey PRIMARY KEY (state_hash),
    CONSTRAINT consents_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT consents_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CALL protect_tenant_table('consents');

CREATE TABLE sync_runs (
    id               bigint      GENERATED ALWAYS AS IDENTITY,
    workspace_id     integer     NOT NULL,
    connection_id    integer     NOT NULL,
    outcome          text        NOT NULL DEFAULT 'running',
    started_at       timestamptz NOT NULL,
    finished_at      timestamptz,
    -- Written with every slice; a running run without a recent one belongs to a server that died.
    alive_at         timestamptz NOT NULL,
    cancel_requested boolean     NOT NULL DEFAULT false,
    rows_read        bigint      NOT NULL DEFAULT 0,
    rows_changed     bigint      NOT NULL DEFAULT 0,
    days_done        integer     NOT NULL DEFAULT 0,
    days_planned     integer     NOT NULL DEFAULT 0,
    current_day      date,
    error            text,
    raw_error        text,
    warnings         jsonb       NOT NULL DEFAULT '[]',
    CONSTRAINT sync_runs_pkey PRIMARY KEY (id),
    CONSTRAINT sync_runs_connection_fkey
        FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT sync_runs_outcome_known CHECK (
        outcome IN ('running', 'succeeded', 'incomplete', 'waiting_for_quota', 'needs_reconnect', 'failed', 'cancelled')),
    CONSTRAINT sync_runs_finished CHECK ((outcome = 'running') = (finished_at IS NULL))
);
CREATE INDEX sync_runs_connection ON sync_runs (workspace_id, connection_id, id DESC);
-- Two runs of one connection at a time can't be.
CREATE UNIQUE INDEX sync_runs_one_running ON sync_runs (connection_id) WHERE outcome = 'running';
CALL protect_tenant_table('sync_runs');

-- The cursor of a stream, exactly: one row per day that was fully read, written in the transaction of its rows.
CREATE TABLE stream_days (
    workspace_id  integer     NOT NULL,
    connection_id integer     NOT NULL,
    remote_id     text        NOT NULL,
    stream        text        NOT NULL,
    day           date        NOT NULL,
    read_at       timestamptz NOT NULL,
    -- Read while the day still ran in the account's zone.
    is_partial    boolean     NOT NULL,
    CONSTRAINT stream_days_pkey PRIMARY KEY (workspace_id, connection_id, remote_id, stream, day),
    CONSTRAINT stream_days_account_fkey FOREIGN KEY (workspace_id, connection_id, remote_id)
        REFERENCES connection_accounts (workspace_id, connection_id, remote_id) ON DELETE CASCADE
);
CALL protect_tenant_table('stream_days');

-- What the vendor says of an account's day against what is served, where they differ by more than 0.5 %.
CREATE TABLE reconciliations (
    workspace_id  integer     NOT NULL,
    connection_id integer     NOT NULL,
    run_id        bigint      NOT NULL,
    remote_id     text        NOT NULL,
    metric        text        NOT NULL,
    first_day     date        NOT NULL,
    last_day      date        NOT NULL,
    vendor_total  bigint      NOT NULL,
    served_total  bigint      NOT NULL,
    found_at      timestamptz NOT NULL,
    CONSTRAINT reconciliations_pkey PRIMARY KEY (workspace_id, connection_id, run_id, remote_id, metric),
    CONSTRAINT reconciliations_run_fkey FOREIGN KEY (run_id) REFERENCES sync_runs (id) ON DELETE CASCADE
);
CALL protect_tenant_table('reconciliations');
