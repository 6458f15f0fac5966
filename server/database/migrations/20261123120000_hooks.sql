-- What vendors push: an address per connection, what came to it, and the events that are counted.

CREATE TABLE hooks (
    workspace_id  integer     NOT NULL,
    connection_id integer     NOT NULL,
    -- SHA-256 of the secret part of the address: deliveries are found by it before the workspace is known.
    token_hash    bytea       NOT NULL,
    -- The secret part, to show the address again.
    token         sealed      NOT NULL,
    -- By which value of the vendor's settings deliveries are verified, where they are signed. No secret.
    proof         text,
    created_at    timestamptz NOT NULL,
    CONSTRAINT hooks_pkey PRIMARY KEY (workspace_id, connection_id),
    CONSTRAINT hooks_token_key UNIQUE (token_hash),
    CONSTRAINT hooks_connection_fkey
        FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT hooks_proof_length CHECK (char_length(proof) BETWEEN 1 AND 4000)
);
CALL protect_tenant_table('hooks');

-- A trace of each delivery, kept for a while.
CREATE TABLE hook_deliveries (
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    workspace_id  integer     NOT NULL,
    connection_id integer     NOT NULL,
    at            timestamptz NOT NULL,
    outcome       text        NOT NULL,
    -- Why it was not taken, in plain words.
    reason        text,
    events        integer     NOT NULL DEFAULT 0,
    new_events    integer     NOT NULL DEFAULT 0,
    CONSTRAINT hook_deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT hook_deliveries_hook_fkey
        FOREIGN KEY (workspace_id, connection_id) REFERENCES hooks (workspace_id, connection_id) ON DELETE CASCADE,
    CONSTRAINT hook_deliveries_outcome_known CHECK (outcome IN ('taken', 'not_genuine', 'unreadable'))
);
CREATE INDEX hook_deliveries_recent ON hook_deliveries (workspace_id, connection_id, id DESC);
CALL protect_tenant_table('hook_deliveries');

-- Each event once. Days and hours are those of the account's zone.
CREATE TABLE hook_events (
    workspace_id  integer  NOT NULL,
    connection_id integer  NOT NULL,
    event_key     bytea    NOT NULL,
    account_id    integer  NOT NULL,
    kind          text     NOT NULL,
    entity        text     NOT NULL,
    metric        text     NOT NULL,
    day           date     NOT NULL,
    hour          smallint NOT NULL,
    CONSTRAINT hook_events_pkey PRIMARY KEY (workspace_id, connection_id, event_key),
    CONSTRAINT hook_events_hook_fkey
        FOREIGN KEY (workspace_id, connection_id) REFERENCES hooks (workspace_id, connection_id) ON DELETE CASCADE,
    CONSTRAINT hook_events_hour_known CHECK (hour BETWEEN 0 AND 23)
);
CREATE INDEX hook_events_days ON hook_events (workspace_id, account_id, kind, day);
CALL protect_tenant_table('hook_events');
