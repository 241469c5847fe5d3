-- What is asked and what was answered. Instruments are definitions, a small reference table replicated
-- on Citus. Responses are facts in the customer's bucket, in compact rows: an index reads millions.

CREATE TABLE instruments (
    tenant_id     text COLLATE "C" NOT NULL,
    instrument_id text COLLATE "C" NOT NULL,
    version       integer          NOT NULL,
    definition    jsonb            NOT NULL,
    recorded_at   timestamptz      NOT NULL,
    CONSTRAINT instruments_pkey PRIMARY KEY (tenant_id, instrument_id, version)
);
COMMENT ON TABLE instruments IS 'Versions of instruments; rows never change.';
COMMENT ON COLUMN instruments.tenant_id IS 'Whose instrument.';
COMMENT ON COLUMN instruments.instrument_id IS 'The caller''s id.';
COMMENT ON COLUMN instruments.version IS 'Counts up from 1 within the instrument.';
COMMENT ON COLUMN instruments.definition IS 'Items with scales in thousandths, scale of the index in thousandths, tree with weights in millionths, blocks, attributes.';
COMMENT ON COLUMN instruments.recorded_at IS 'The database''s clock after the lock on the tenant''s row.';

CREATE TABLE survey_responses (
    bucket             integer          NOT NULL,
    tenant_id          text COLLATE "C" NOT NULL,
    customer_id        text COLLATE "C" NOT NULL,
    response_id        text COLLATE "C" NOT NULL,
    instrument_id      text COLLATE "C" NOT NULL,
    instrument_version integer          NOT NULL,
    names_version      boolean          NOT NULL,
    answered_at        timestamptz      NOT NULL,
    day                date             NOT NULL,
    recorded_at        timestamptz      NOT NULL,
    answers            bytea            NOT NULL,
    weight_micros      bigint,
    channel            text COLLATE "C",
    product_id         text COLLATE "C",
    attribute_1        text COLLATE "C",
    attribute_2        text COLLATE "C",
    content_hash       bytea            NOT NULL,
    content_version    smallint         NOT NULL,
    CONSTRAINT survey_responses_pkey PRIMARY KEY (bucket, tenant_id, customer_id, response_id),
    CONSTRAINT survey_responses_weight_range CHECK (weight_micros BETWEEN 1 AND 1000000000)
);
CREATE INDEX survey_responses_period ON survey_responses (bucket, tenant_id, instrument_id, day);
COMMENT ON TABLE survey_responses IS 'Responses to instruments.';
COMMENT ON COLUMN survey_responses.bucket IS 'Frozen hash of tenant and customer, without a customer of tenant and response, 0 to 1023.';
COMMENT ON COLUMN survey_responses.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN survey_responses.customer_id IS 'Who answered; the caller''s id; empty for people nobody knows.';
COMMENT ON COLUMN survey_responses.response_id IS 'The caller''s id, unique per customer, without a customer per tenant.';
COMMENT ON COLUMN survey_responses.instrument_id IS 'What was asked.';
COMMENT ON COLUMN survey_responses.instrument_version IS 'Which version; its items give the places of the answers, its attributes theirs.';
COMMENT ON COLUMN survey_responses.names_version IS 'Whether the caller named the version, which is then part of the content.';
COMMENT ON COLUMN survey_responses.answered_at IS 'When it happened.';
COMMENT ON COLUMN survey_responses.day IS 'Day of answered_at in the tenant''s time zone.';
COMMENT ON COLUMN survey_responses.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN survey_responses.answers IS 'Four bytes an item in the version''s order up to the last answered: the answer in thousandths, signed, big-endian; the least number for none.';
COMMENT ON COLUMN survey_responses.weight_micros IS 'How many people it stands for, in millionths; NULL for one.';
COMMENT ON COLUMN survey_responses.channel IS 'Where it was asked; NULL when not told.';
COMMENT ON COLUMN survey_responses.product_id IS 'What it was asked about; NULL when not told.';
COMMENT ON COLUMN survey_responses.attribute_1 IS 'Value of the version''s first attribute; NULL when not told.';
COMMENT ON COLUMN survey_responses.attribute_2 IS 'Value of the version''s second attribute; NULL when not told.';
COMMENT ON COLUMN survey_responses.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN survey_responses.content_version IS 'Which fields the hash could cover.';

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    PERFORM create_reference_table('instruments');
    PERFORM create_distributed_table('survey_responses', 'bucket', colocate_with => 'customer_states');
END
$$;
