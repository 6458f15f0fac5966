-- Unified campaigns: what belongs together across platforms, by rules and by hand.

CREATE TABLE unified_campaigns (
    workspace_id integer NOT NULL,
    id           integer GENERATED ALWAYS AS IDENTITY,
    name         text    NOT NULL,
    CONSTRAINT unified_campaigns_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT unified_campaigns_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT unified_campaigns_name_length CHECK (char_length(name) BETWEEN 1 AND 200)
);
-- Small and large letters make no other campaign: platforms spell their UTM values differently.
CREATE UNIQUE INDEX unified_campaigns_name ON unified_campaigns (workspace_id, lower(name));
CALL protect_tenant_table('unified_campaigns');

CREATE TABLE mapping_rules (
    workspace_id integer NOT NULL,
    id           integer GENERATED ALWAYS AS IDENTITY,
    -- The first rule that catches a thing assigns it. Counts from 0, without gaps.
    place        integer NOT NULL,
    -- The name of the unified campaign; may refer to groups of a pattern.
    target       text    NOT NULL,
    -- [{"field": …, "test": …, "text": …}]; all must hold.
    conditions   jsonb   NOT NULL,
    CONSTRAINT mapping_rules_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT mapping_rules_place_key UNIQUE (workspace_id, place) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT mapping_rules_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT mapping_rules_place_counts CHECK (place >= 0),
    CONSTRAINT mapping_rules_target_length CHECK (char_length(target) BETWEEN 1 AND 200),
    CONSTRAINT mapping_rules_conditions_list CHECK (jsonb_typeof(conditions) = 'array')
);
CALL protect_tenant_table('mapping_rules');

-- Where things are assigned. A table of its own, so that rules never wait for rows of entities that a load holds.
CREATE TABLE entity_campaigns (
    workspace_id integer NOT NULL,
    entity_id    bigint  NOT NULL,
    -- NULL: into none, by hand.
    campaign_id  integer,
    -- NULL: by hand.
    rule_id      integer,
    CONSTRAINT entity_campaigns_pkey PRIMARY KEY (workspace_id, entity_id),
    CONSTRAINT entity_campaigns_entity_fkey
        FOREIGN KEY (workspace_id, entity_id) REFERENCES entities (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT entity_campaigns_campaign_fkey
        FOREIGN KEY (workspace_id, campaign_id) REFERENCES unified_campaigns (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT entity_campaigns_rule_fkey
        FOREIGN KEY (workspace_id, rule_id) REFERENCES mapping_rules (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT entity_campaigns_rule_has_campaign CHECK (rule_id IS NULL OR campaign_id IS NOT NULL)
);
CREATE INDEX entity_campaigns_campaign ON entity_campaigns (workspace_id, campaign_id);
CREATE INDEX entity_campaigns_rule ON entity_campaigns (workspace_id, rule_id);
CALL protect_tenant_table('entity_campaigns');
