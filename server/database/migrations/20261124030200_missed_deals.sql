-- A deal that is missing among all deals of its account was deleted, where the vendor leaves no other trace of that. Unlike
-- one of which the vendor says so it lives again as soon as it is served, however old its last change is: it may only have
-- been hidden.
ALTER TABLE crm_deals ADD COLUMN is_missed boolean NOT NULL DEFAULT false;
