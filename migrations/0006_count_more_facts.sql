-- More kinds of fact hang on a customer: their counts tell a reader whether there is anything to read.
-- One named change per ALTER, so that Citus takes it too.
ALTER TABLE customer_states ADD COLUMN attributes bigint NOT NULL DEFAULT 0;
ALTER TABLE customer_states ADD COLUMN contacts bigint NOT NULL DEFAULT 0;
ALTER TABLE customer_states ADD COLUMN responses bigint NOT NULL DEFAULT 0;
ALTER TABLE customer_states ADD COLUMN complaints bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN customer_states.attributes IS 'Records of attributes, voided ones included.';
COMMENT ON COLUMN customer_states.contacts IS 'Contacts recorded, voided ones included.';
COMMENT ON COLUMN customer_states.responses IS 'Survey responses recorded, voided ones included.';
COMMENT ON COLUMN customer_states.complaints IS 'Complaints recorded, withdrawn ones included.';
COMMENT ON COLUMN voids.kind IS 'Kind of the fact: 0 transaction, 1 refund, 2 cost, 3 referral, 4 attributes, 5 contact, 6 survey response.';
