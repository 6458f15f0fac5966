-- Tenancy: every tenant table carries workspace_id, and is read and written in a transaction that has taken the
-- role windhover_app (made by database::migrate before this file runs) and names its workspace in the setting
-- windhover.workspace_id. Row-level security is the second lock behind each query's own filter.

-- The workspace of the running transaction; NULL outside of one, which no row equals.
-- Used in policies as (SELECT current_workspace()), so that it is computed once per statement and not per row.
CREATE FUNCTION current_workspace() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('windhover.workspace_id', true), '')::integer;

-- Puts a table under tenancy: row-level security, the policy, and the rights of windhover_app.
-- Each migration calls it for each of its tables with a workspace_id: CALL protect_tenant_table('facts_ads');
-- For a partitioned table the parent is enough: windhover_app has no rights on the partitions themselves.
CREATE PROCEDURE protect_tenant_table(target regclass)
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = target AND attname = 'workspace_id' AND atttypid = 'integer'::regtype AND NOT attisdropped
    ) THEN
        RAISE EXCEPTION 'table % has no column workspace_id of type integer, so it cannot be protected', target;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %s TO windhover_app'
        ' USING (workspace_id = (SELECT current_workspace()))'
        ' WITH CHECK (workspace_id = (SELECT current_workspace()))', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO windhover_app', target);
END
$$;

-- One counter per workspace and topic. It tells browsers and caches what changed, never what it changed to.
CREATE TABLE data_versions (
    workspace_id integer NOT NULL,
    topic        text    NOT NULL,
    version      bigint  NOT NULL,
    CONSTRAINT data_versions_pkey PRIMARY KEY (workspace_id, topic),
    CONSTRAINT data_versions_topic_length CHECK (char_length(topic) BETWEEN 1 AND 200),
    CONSTRAINT data_versions_version_positive CHECK (version > 0)
);
CALL protect_tenant_table('data_versions');

-- Counts a topic up and announces it on the channel windhover_changed at commit. Call it last in a transaction:
-- the row stays locked until the commit, so that versions are announced in the order of their numbers.
CREATE FUNCTION bump_version(workspace_id integer, topic text) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    new_version bigint;
BEGIN
    INSERT INTO data_versions AS v (workspace_id, topic, version)
    VALUES (bump_version.workspace_id, bump_version.topic, 1)
    ON CONFLICT ON CONSTRAINT data_versions_pkey DO UPDATE SET version = v.version + 1
    RETURNING v.version INTO new_version;
    PERFORM pg_notify('windhover_changed', json_build_object(
        'workspace_id', bump_version.workspace_id, 'topic', bump_version.topic, 'version', new_version)::text);
    RETURN new_version;
END
$$;
