-- Who may come in, to which workspace, as what.

-- A value sealed by identity::secrets::SecretBox (key id, nonce, ciphertext). Every column that holds one has this
-- type: at start the server looks up these columns to make sure that it has each key that is still needed.
CREATE DOMAIN sealed AS bytea
    CONSTRAINT sealed_length CHECK (octet_length(VALUE) >= 44);

CREATE TABLE users (
    id                  integer     GENERATED ALWAYS AS IDENTITY,
    email               text        NOT NULL,
    name                text        NOT NULL DEFAULT '',
    password_hash       text        NOT NULL,
    password_changed_at timestamptz NOT NULL,
    created_at          timestamptz NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_name_length CHECK (char_length(name) <= 200)
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE workspaces (
    id         integer     GENERATED ALWAYS AS IDENTITY,
    slug       text        NOT NULL,
    name       text        NOT NULL,
    currency   text        NOT NULL,
    time_zone  text        NOT NULL,
    -- ISO 8601 number of the first day of the week: 1 is Monday, 7 is Sunday.
    week_start smallint    NOT NULL DEFAULT 1,
    is_demo    boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    CONSTRAINT workspaces_pkey PRIMARY KEY (id),
    CONSTRAINT workspaces_slug_key UNIQUE (slug),
    CONSTRAINT workspaces_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(slug) <= 63),
    CONSTRAINT workspaces_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
    CONSTRAINT workspaces_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT workspaces_week_start_day CHECK (week_start BETWEEN 1 AND 7)
);
-- One demo per installation: two clicks on "Explore demo data" must not make two.
CREATE UNIQUE INDEX workspaces_one_demo ON workspaces (is_demo) WHERE is_demo;

ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON workspaces TO windhover_app USING (id = (SELECT current_workspace()));
GRANT SELECT ON workspaces TO windhover_app;

ALTER TABLE data_versions
    ADD CONSTRAINT data_versions_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE;

CREATE TABLE memberships (
    workspace_id integer     NOT NULL,
    user_id      integer     NOT NULL,
    role         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (workspace_id, user_id),
    CONSTRAINT memberships_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT memberships_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT memberships_role_known CHECK (role IN ('viewer', 'editor', 'admin'))
);
CREATE INDEX memberships_user ON memberships (user_id);
CALL protect_tenant_table('memberships');

CREATE TABLE sessions (
    id           bigint      GENERATED ALWAYS AS IDENTITY,
    -- SHA-256 of the token in the cookie; the token itself is never stored.
    token_hash   bytea       NOT NULL,
    user_id      integer     NOT NULL,
    user_agent   text        NOT NULL,
    address      text        NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_token_key UNIQUE (token_hash),
    CONSTRAINT sessions_token_length CHECK (octet_length(token_hash) = 32),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- One-time codes of the first-run set-up, as SHA-256. Each server process prints its own; all are gone once the first
-- admin exists.
CREATE TABLE setup_codes (
    code_hash  bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT setup_codes_pkey PRIMARY KEY (code_hash),
    CONSTRAINT setup_codes_length CHECK (octet_length(code_hash) = 32)
);

-- Who did what. Rows outlive the user; those of a workspace go with it, those without one belong to the installation.
CREATE TABLE audit_log (
    id           bigint      GENERATED ALWAYS AS IDENTITY,
    workspace_id integer,
    user_id      integer,
    at           timestamptz NOT NULL,
    action       text        NOT NULL,
    detail       jsonb       NOT NULL DEFAULT '{}',
    CONSTRAINT audit_log_pkey PRIMARY KEY (id),
    CONSTRAINT audit_log_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT audit_log_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX audit_log_workspace_at ON audit_log (workspace_id, at DESC);
CREATE INDEX audit_log_user ON audit_log (user_id);
CALL protect_tenant_table('audit_log');
