-- Connections that one consent mended share a grant: each keeps a copy of its tokens, and a renewal reaches all copies.
-- The number is the id of the connection that first had the grant, which may be gone by now; none means that it is its own.
ALTER TABLE connections
    ADD COLUMN grant_of integer,
    ADD CONSTRAINT connections_grant_known CHECK (grant_of > 0);
