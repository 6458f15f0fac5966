-- File imports and the mappings that were used for files of a shape.

CREATE TABLE imports (
    id           integer     GENERATED ALWAYS AS IDENTITY,
    workspace_id integer     NOT NULL,
    file_name    text        NOT NULL,
    size         bigint      NOT NULL,
    state        text        NOT NULL DEFAULT 'draft',
    reason       text,
    created_by   integer,
    created_at   timestamptz NOT NULL,
    mapping      jsonb,
    rows         bigint      NOT NULL DEFAULT 0,
    first_day    date,
    last_day     date,
    totals       jsonb       NOT NULL DEFAULT '[]',
    CONSTRAINT imports_pkey PRIMARY KEY (id),
    CONSTRAINT imports_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT imports_user_fkey FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT imports_state_known CHECK (state IN ('draft', 'loading', 'loaded', 'undone', 'failed')),
    CONSTRAINT imports_file_name_length CHECK (char_length(file_name) BETWEEN 1 AND 255)
);
CREATE INDEX imports_workspace ON imports (workspace_id, id DESC);
CALL protect_tenant_table('imports');

CREATE TABLE import_mappings (
    workspace_id integer     NOT NULL,
    -- SHA-256 of the delimiter and the header's cells.
    shape        bytea       NOT NULL,
    mapping      jsonb       NOT NULL,
    used_at      timestamptz NOT NULL,
    CONSTRAINT import_mappings_pkey PRIMARY KEY (workspace_id, shape),
    CONSTRAINT import_mappings_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE
);
CALL protect_tenant_table('import_mappings');
