-- Two more kinds of fact: what is known about a customer, and who spoke with them.

CREATE TABLE customer_attributes (
    bucket          integer          NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    customer_id     text COLLATE "C" NOT NULL,
    attribute_id    text COLLATE "C" NOT NULL,
    occurred_at     timestamptz      NOT NULL,
    day             date             NOT NULL,
    recorded_at     timestamptz      NOT NULL,
    name            text COLLATE "C" NOT NULL,
    text_value      text COLLATE "C",
    number_value    double precision,
    flag_value      boolean,
    content_hash    bytea            NOT NULL,
    content_version smallint         NOT NULL,
    CONSTRAINT customer_attributes_pkey PRIMARY KEY (bucket, tenant_id, customer_id, attribute_id),
    CONSTRAINT customer_attributes_one_value CHECK (num_nonnulls(text_value, number_value, flag_value) = 1),
    CONSTRAINT customer_attributes_number_finite CHECK (number_value > '-Infinity' AND number_value < 'Infinity')
);
COMMENT ON TABLE customer_attributes IS 'Values of attributes of customers; the one with the latest occurred_at, then the greatest attribute_id, is current.';
COMMENT ON COLUMN customer_attributes.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN customer_attributes.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN customer_attributes.customer_id IS 'Whose attribute; the caller''s id.';
COMMENT ON COLUMN customer_attributes.attribute_id IS 'The caller''s id of the value, unique per customer.';
COMMENT ON COLUMN customer_attributes.occurred_at IS 'From when on the attribute has this value.';
COMMENT ON COLUMN customer_attributes.day IS 'Day of occurred_at in the tenant''s time zone.';
COMMENT ON COLUMN customer_attributes.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN customer_attributes.name IS 'Name of the attribute, one of attribute_names.';
COMMENT ON COLUMN customer_attributes.text_value IS 'The value, if it is a text; NULL otherwise.';
COMMENT ON COLUMN customer_attributes.number_value IS 'The value, if it is a number, finite and never -0; NULL otherwise.';
COMMENT ON COLUMN customer_attributes.flag_value IS 'The value, if it is yes or no; NULL otherwise.';
COMMENT ON COLUMN customer_attributes.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN customer_attributes.content_version IS 'Which fields the hash could cover.';

CREATE TABLE contacts (
    bucket          integer          NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    customer_id     text COLLATE "C" NOT NULL,
    contact_id      text COLLATE "C" NOT NULL,
    occurred_at     timestamptz      NOT NULL,
    day             date             NOT NULL,
    recorded_at     timestamptz      NOT NULL,
    direction       smallint         NOT NULL,
    purpose         smallint         NOT NULL,
    channel         text,
    content_hash    bytea            NOT NULL,
    content_version smallint         NOT NULL,
    CONSTRAINT contacts_pkey PRIMARY KEY (bucket, tenant_id, customer_id, contact_id)
);
COMMENT ON TABLE contacts IS 'Who spoke with a customer, and what for.';
COMMENT ON COLUMN contacts.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN contacts.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN contacts.customer_id IS 'With whom; the caller''s id.';
COMMENT ON COLUMN contacts.contact_id IS 'The caller''s id, unique per customer.';
COMMENT ON COLUMN contacts.occurred_at IS 'When it was.';
COMMENT ON COLUMN contacts.day IS 'Day of occurred_at in the tenant''s time zone.';
COMMENT ON COLUMN contacts.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN contacts.direction IS 'Who began it: 0 the customer (inbound), 1 the organisation (outbound).';
COMMENT ON COLUMN contacts.purpose IS '0 sale, 1 inbound, 2 follow-up, 3 proactive, 4 joint.';
COMMENT ON COLUMN contacts.channel IS 'By which channel; NULL when not told.';
COMMENT ON COLUMN contacts.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN contacts.content_version IS 'Which fields the hash could cover.';

CREATE TABLE attribute_names (
    tenant_id   text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    recorded_at timestamptz      NOT NULL,
    CONSTRAINT attribute_names_pkey PRIMARY KEY (tenant_id, name)
);
COMMENT ON TABLE attribute_names IS 'The names of attributes a tenant uses, at most 64; written under the lock of the tenant''s row.';
COMMENT ON COLUMN attribute_names.tenant_id IS 'Whose name.';
COMMENT ON COLUMN attribute_names.name IS 'The name, 1 to 64 bytes.';
COMMENT ON COLUMN attribute_names.recorded_at IS 'The database''s clock after the lock on the tenant''s row, when the first fact with the name came.';

COMMENT ON COLUMN customer_states.attributes IS 'Values of attributes recorded, voided ones included.';
COMMENT ON COLUMN voids.kind IS 'Kind of the fact: 0 transaction, 1 refund, 2 cost, 3 referral, 4 attribute, 5 contact, 6 survey response.';

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    PERFORM create_reference_table('attribute_names');
    PERFORM create_distributed_table('customer_attributes', 'bucket', colocate_with => 'customer_states');
    PERFORM create_distributed_table('contacts', 'bucket', colocate_with => 'customer_states');
END
$$;
