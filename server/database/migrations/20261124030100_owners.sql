-- Deals are told apart by who they belong to. Loads make an owner whom the vendor does not list, as they come; this makes
-- those of the deals that are there, with the id for a name until a list brings one.
INSERT INTO entities (workspace_id, account_id, kind, remote_id, name, first_seen, last_seen)
SELECT DISTINCT workspace_id, account_id, 43, owner, owner, now(), now() FROM crm_deals WHERE owner <> ''
ON CONFLICT ON CONSTRAINT entities_remote_key DO NOTHING;
