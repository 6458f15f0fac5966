-- What the database said when an import failed, for admins; people read `reason`.
ALTER TABLE imports ADD COLUMN raw_error text;
