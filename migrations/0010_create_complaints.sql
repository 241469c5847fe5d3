-- Complaints: what was recorded, and the transitions since, append-only. Rows lie in the customer's
-- bucket; a directory finds a complaint by its id alone, which is unique per tenant.

CREATE TABLE complaints (
    bucket             integer          NOT NULL,
    tenant_id          text COLLATE "C" NOT NULL,
    customer_id        text COLLATE "C" NOT NULL,
    complaint_id       text COLLATE "C" NOT NULL,
    occurred_at        timestamptz      NOT NULL,
    received_at        timestamptz      NOT NULL,
    received_at_told   boolean          NOT NULL,
    recorded_at        timestamptz      NOT NULL,
    channel            text             NOT NULL,
    kind               smallint         NOT NULL,
    subject            text             NOT NULL,
    description        text,
    wanted_remedies    smallint[]       NOT NULL,
    severity           smallint,
    received_by        text COLLATE "C" NOT NULL,
    transaction_id     text COLLATE "C",
    product_id         text COLLATE "C",
    partner_id         text COLLATE "C",
    category           text COLLATE "C",
    concerns           text COLLATE "C",
    content_hash       bytea            NOT NULL,
    content_version    smallint         NOT NULL,
    state              smallint         NOT NULL,
    owner              text COLLATE "C" NOT NULL,
    handler            text COLLATE "C",
    is_open            boolean          NOT NULL,
    next_due_at        timestamptz,
    transitions        bigint           NOT NULL,
    last_at            timestamptz      NOT NULL,
    last_recorded_at   timestamptz      NOT NULL,
    CONSTRAINT complaints_pkey PRIMARY KEY (bucket, tenant_id, customer_id, complaint_id),
    CONSTRAINT complaints_owner_named CHECK (owner <> '' AND received_by <> ''),
    CONSTRAINT complaints_received_after_occurred CHECK (received_at >= occurred_at)
) WITH (fillfactor = 80);
CREATE INDEX complaints_received ON complaints (tenant_id, received_at, complaint_id);
CREATE INDEX complaints_state ON complaints (tenant_id, state, received_at, complaint_id);
CREATE INDEX complaints_owner ON complaints (tenant_id, owner, received_at, complaint_id);
CREATE INDEX complaints_handler ON complaints (tenant_id, handler, received_at, complaint_id) WHERE handler IS NOT NULL;
CREATE INDEX complaints_open ON complaints (tenant_id, received_at, complaint_id) WHERE is_open;
CREATE INDEX complaints_due ON complaints (tenant_id, next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX complaints_of_customer ON complaints (bucket, tenant_id, customer_id, received_at, complaint_id);
COMMENT ON TABLE complaints IS 'Complaints as recorded, and beside that how each stands after all its transitions, for lists to find it by.';
COMMENT ON COLUMN complaints.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN complaints.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN complaints.customer_id IS 'Whose complaint; the caller''s id.';
COMMENT ON COLUMN complaints.complaint_id IS 'The caller''s id, unique per tenant.';
COMMENT ON COLUMN complaints.occurred_at IS 'When it happened to the customer.';
COMMENT ON COLUMN complaints.received_at IS 'When it reached the organisation; all clocks start here.';
COMMENT ON COLUMN complaints.received_at_told IS 'Whether the caller said so; otherwise it is when the call came.';
COMMENT ON COLUMN complaints.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN complaints.channel IS 'By which channel it came.';
COMMENT ON COLUMN complaints.kind IS '0 complaint, 1 suggestion.';
COMMENT ON COLUMN complaints.subject IS 'In a few words.';
COMMENT ON COLUMN complaints.description IS 'At length; NULL when not told.';
COMMENT ON COLUMN complaints.wanted_remedies IS 'What the customer wants, sorted: 0 to be listened to, 1 respect, 2 to have it put right, 3 compensation.';
COMMENT ON COLUMN complaints.severity IS 'As recorded: 0 low, 1 medium, 2 high, 3 critical; NULL when not told.';
COMMENT ON COLUMN complaints.received_by IS 'The person or queue asked first: its first owner.';
COMMENT ON COLUMN complaints.transaction_id IS 'The purchase it is about; NULL when not told.';
COMMENT ON COLUMN complaints.product_id IS 'The product it is about; NULL when not told.';
COMMENT ON COLUMN complaints.partner_id IS 'The partner it is about; NULL when not told.';
COMMENT ON COLUMN complaints.category IS 'What it is about, as recorded; NULL when not told.';
COMMENT ON COLUMN complaints.concerns IS 'The person it is about, who shall not assess it; NULL for none.';
COMMENT ON COLUMN complaints.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN complaints.content_version IS 'Which fields the hash could cover.';
COMMENT ON COLUMN complaints.state IS 'Where it stands after all transitions: 0 received, 1 acknowledged, 2 valid, 3 invalid, 4 in handling, 5 waiting for the customer, 6 waiting for a partner, 7 resolved, 8 explained, 9 followed up, 10 closed, 11 reopened, 12 withdrawn.';
COMMENT ON COLUMN complaints.owner IS 'Who is accountable after all transitions.';
COMMENT ON COLUMN complaints.handler IS 'Who works on it after all transitions; NULL while that is its owner.';
COMMENT ON COLUMN complaints.is_open IS 'Whether anything can still happen to it.';
COMMENT ON COLUMN complaints.next_due_at IS 'When the first running clock is due, or was; NULL when none runs. It is overdue after this instant.';
COMMENT ON COLUMN complaints.transitions IS 'How many transitions there were.';
COMMENT ON COLUMN complaints.last_at IS 'When the last transition happened, or when it was received.';
COMMENT ON COLUMN complaints.last_recorded_at IS 'When the last transition was recorded, or the complaint.';

CREATE TABLE complaint_events (
    bucket             integer          NOT NULL,
    tenant_id          text COLLATE "C" NOT NULL,
    customer_id        text COLLATE "C" NOT NULL,
    complaint_id       text COLLATE "C" NOT NULL,
    sequence           bigint           NOT NULL,
    event_id           text COLLATE "C" NOT NULL,
    transition         smallint         NOT NULL,
    actor              text COLLATE "C" NOT NULL,
    occurred_at        timestamptz      NOT NULL,
    occurred_at_told   boolean          NOT NULL,
    recorded_at        timestamptz      NOT NULL,
    note               text,
    person             text COLLATE "C",
    is_valid           boolean,
    severity           smallint,
    category           text COLLATE "C",
    waiting_for        smallint,
    resume_due_at      timestamptz,
    statement          text,
    root_cause         text,
    action_place       smallint,
    action_reference   text COLLATE "C",
    action_waiver      text,
    is_accepted        boolean,
    satisfied          smallint,
    content_hash       bytea            NOT NULL,
    content_version    smallint         NOT NULL,
    CONSTRAINT complaint_events_pkey PRIMARY KEY (bucket, tenant_id, customer_id, complaint_id, sequence),
    CONSTRAINT complaint_events_event_unique UNIQUE (bucket, tenant_id, customer_id, complaint_id, event_id),
    CONSTRAINT complaint_events_satisfied_range CHECK (satisfied BETWEEN 1 AND 5)
);
COMMENT ON TABLE complaint_events IS 'Transitions of complaints, one row each; rows never change. The complaint is what the fold of them gives.';
COMMENT ON COLUMN complaint_events.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN complaint_events.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN complaint_events.customer_id IS 'Whose complaint; the caller''s id.';
COMMENT ON COLUMN complaint_events.complaint_id IS 'The complaint.';
COMMENT ON COLUMN complaint_events.sequence IS 'Counts up from 1 within the complaint, in the order in which they happened and were recorded.';
COMMENT ON COLUMN complaint_events.event_id IS 'The caller''s id, unique within the complaint.';
COMMENT ON COLUMN complaint_events.transition IS '0 acknowledge, 1 assess, 2 dispatch, 3 return, 4 pause, 5 resume, 6 resolve, 7 explain, 8 follow up, 9 close, 10 reopen, 11 withdraw, 12 offer, 13 accept.';
COMMENT ON COLUMN complaint_events.actor IS 'Who did it.';
COMMENT ON COLUMN complaint_events.occurred_at IS 'When it happened; not before the transition before.';
COMMENT ON COLUMN complaint_events.occurred_at_told IS 'Whether the caller said so; otherwise it is when the call came.';
COMMENT ON COLUMN complaint_events.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN complaint_events.note IS 'Anything else; NULL when not told.';
COMMENT ON COLUMN complaint_events.person IS 'Whom it names: the assessor, the handler, who is offered the complaint; NULL for other transitions.';
COMMENT ON COLUMN complaint_events.is_valid IS 'Of an assessment: whether the complaint is justified.';
COMMENT ON COLUMN complaint_events.severity IS 'Of an assessment: 0 low, 1 medium, 2 high, 3 critical; NULL as it was.';
COMMENT ON COLUMN complaint_events.category IS 'Of an assessment: what the complaint is about; NULL as it was.';
COMMENT ON COLUMN complaint_events.waiting_for IS 'Of a pause: 0 the customer, 1 a partner.';
COMMENT ON COLUMN complaint_events.resume_due_at IS 'Of a pause: by when what is waited for should come; NULL when not told.';
COMMENT ON COLUMN complaint_events.statement IS 'The resolution or explanation given, or the reason of a pause, reopening or withdrawal.';
COMMENT ON COLUMN complaint_events.root_cause IS 'Of a resolution or closing: why it had happened; NULL when not told.';
COMMENT ON COLUMN complaint_events.action_place IS 'Of a linked corrective action: 0 in the organisation, 1 at a partner.';
COMMENT ON COLUMN complaint_events.action_reference IS 'Of a linked corrective action: its id elsewhere.';
COMMENT ON COLUMN complaint_events.action_waiver IS 'Why there is no corrective action; NULL if there is one or it is not told yet.';
COMMENT ON COLUMN complaint_events.is_accepted IS 'Of a follow-up: whether the customer accepts what came of it.';
COMMENT ON COLUMN complaint_events.satisfied IS 'Of a follow-up: how satisfied the customer is, 1 to 5.';
COMMENT ON COLUMN complaint_events.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN complaint_events.content_version IS 'Which fields the hash could cover.';

CREATE TABLE complaint_directory (
    bucket       integer          NOT NULL,
    tenant_id    text COLLATE "C" NOT NULL,
    complaint_id text COLLATE "C" NOT NULL,
    customer_id  text COLLATE "C" NOT NULL,
    CONSTRAINT complaint_directory_pkey PRIMARY KEY (bucket, tenant_id, complaint_id)
);
COMMENT ON TABLE complaint_directory IS 'Whose complaint an id is: makes ids unique per tenant and finds the customer''s bucket.';
COMMENT ON COLUMN complaint_directory.bucket IS 'Frozen hash of tenant and complaint, 0 to 1023.';
COMMENT ON COLUMN complaint_directory.tenant_id IS 'Whose complaint.';
COMMENT ON COLUMN complaint_directory.complaint_id IS 'The caller''s id.';
COMMENT ON COLUMN complaint_directory.customer_id IS 'The customer; the complaint lies in the customer''s bucket.';

DO $$
DECLARE
    distributed text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    FOREACH distributed IN ARRAY ARRAY['complaints', 'complaint_events', 'complaint_directory'] LOOP
        PERFORM create_distributed_table(distributed, 'bucket', colocate_with => 'customer_states');
    END LOOP;
END
$$;
