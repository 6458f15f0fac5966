-- Health of connections: when a consent ends, runs for one day only, and the calls of each run.

-- When the consent itself ends, where the vendor tells: from then on only a person can go on.
ALTER TABLE connections ADD COLUMN grant_ends_at timestamptz;

-- Counts changes of settings that give figures another meaning: a run that began before one must not go on writing.
ALTER TABLE connections ADD COLUMN reading_number integer NOT NULL DEFAULT 0;

-- The only day that a run reads; none: what is due.
ALTER TABLE sync_runs ADD COLUMN only_day date;

-- Calls of the run by how they ended, and of each quota that the vendor tells about the highest use. Written with each
-- slice, as the other counters.
ALTER TABLE sync_runs
    ADD COLUMN calls_good      bigint NOT NULL DEFAULT 0,
    ADD COLUMN calls_throttled bigint NOT NULL DEFAULT 0,
    ADD COLUMN calls_failed    bigint NOT NULL DEFAULT 0,
    ADD COLUMN calls_broken    bigint NOT NULL DEFAULT 0,
    ADD COLUMN calls_refused   bigint NOT NULL DEFAULT 0,
    ADD COLUMN quotas          jsonb  NOT NULL DEFAULT '[]';

-- Rates look back over days.
CREATE INDEX sync_runs_started ON sync_runs (workspace_id, started_at);
