-- Facts: append-only, one table a kind. bucket is a frozen hash of tenant and customer modulo 1024,
-- first in every key: the unit of distribution, order and leasing.

CREATE TABLE transactions (
    bucket               integer          NOT NULL,
    tenant_id            text COLLATE "C" NOT NULL,
    customer_id          text COLLATE "C" NOT NULL,
    transaction_id       text COLLATE "C" NOT NULL,
    occurred_at          timestamptz      NOT NULL,
    day                  date             NOT NULL,
    recorded_at          timestamptz      NOT NULL,
    amount_micros        bigint           NOT NULL,
    currency             text COLLATE "C" NOT NULL,
    exchange_rate        text COLLATE "C",
    kind                 smallint         NOT NULL,
    cost_of_goods_micros bigint,
    channel              text,
    lines                jsonb,
    attributes           jsonb,
    content_hash         bytea            NOT NULL,
    content_version      smallint         NOT NULL,
    CONSTRAINT transactions_pkey PRIMARY KEY (bucket, tenant_id, customer_id, transaction_id),
    CONSTRAINT transactions_amount_range CHECK (amount_micros BETWEEN 0 AND 1000000000000000000),
    CONSTRAINT transactions_cost_of_goods_range CHECK (cost_of_goods_micros BETWEEN 0 AND 1000000000000000000)
);
CREATE INDEX transactions_occurred_at ON transactions (bucket, tenant_id, customer_id, occurred_at);
COMMENT ON TABLE transactions IS 'Purchases. One order is one row.';
COMMENT ON COLUMN transactions.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN transactions.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN transactions.customer_id IS 'Who bought; the caller''s id.';
COMMENT ON COLUMN transactions.transaction_id IS 'The caller''s id, unique per customer.';
COMMENT ON COLUMN transactions.occurred_at IS 'When it happened.';
COMMENT ON COLUMN transactions.day IS 'Day of occurred_at in the tenant''s time zone.';
COMMENT ON COLUMN transactions.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN transactions.amount_micros IS 'Paid, in millionths of a unit of currency.';
COMMENT ON COLUMN transactions.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN transactions.exchange_rate IS 'Base currency units per unit, decimal text without superfluous zeros; NULL in base currency.';
COMMENT ON COLUMN transactions.kind IS '0 not told, 1 new, 2 repeat, 3 upgrade, 4 cross-sell.';
COMMENT ON COLUMN transactions.cost_of_goods_micros IS 'Cost of the goods in the same currency; NULL when not known.';
COMMENT ON COLUMN transactions.channel IS 'Where it was bought; NULL when not told.';
COMMENT ON COLUMN transactions.lines IS 'Lines of the order as sent, NULL without any.';
COMMENT ON COLUMN transactions.attributes IS 'Attributes as sent, NULL without any.';
COMMENT ON COLUMN transactions.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN transactions.content_version IS 'Which fields the hash could cover.';

CREATE TABLE refunds (
    bucket                        integer          NOT NULL,
    tenant_id                     text COLLATE "C" NOT NULL,
    customer_id                   text COLLATE "C" NOT NULL,
    refund_id                     text COLLATE "C" NOT NULL,
    transaction_id                text COLLATE "C" NOT NULL,
    occurred_at                   timestamptz      NOT NULL,
    day                           date             NOT NULL,
    recorded_at                   timestamptz      NOT NULL,
    amount_micros                 bigint           NOT NULL,
    currency                      text COLLATE "C" NOT NULL,
    cost_of_goods_returned_micros bigint,
    content_hash                  bytea            NOT NULL,
    content_version               smallint         NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (bucket, tenant_id, customer_id, refund_id),
    CONSTRAINT refunds_amount_range CHECK (amount_micros BETWEEN 0 AND 1000000000000000000),
    CONSTRAINT refunds_cost_of_goods_range CHECK (cost_of_goods_returned_micros BETWEEN 0 AND 1000000000000000000)
);
COMMENT ON TABLE refunds IS 'Money given back for purchases; may precede its purchase.';
COMMENT ON COLUMN refunds.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN refunds.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN refunds.customer_id IS 'Whose purchase; the caller''s id.';
COMMENT ON COLUMN refunds.refund_id IS 'The caller''s id, unique per customer.';
COMMENT ON COLUMN refunds.transaction_id IS 'The purchase it reverses.';
COMMENT ON COLUMN refunds.occurred_at IS 'When it happened.';
COMMENT ON COLUMN refunds.day IS 'Day of occurred_at in the tenant''s time zone; the refund counts on its purchase''s day.';
COMMENT ON COLUMN refunds.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN refunds.amount_micros IS 'Given back, in millionths of a unit of currency.';
COMMENT ON COLUMN refunds.currency IS 'ISO 4217 code; counts only if it is the purchase''s.';
COMMENT ON COLUMN refunds.cost_of_goods_returned_micros IS 'Cost of the goods that came back; NULL for none.';
COMMENT ON COLUMN refunds.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN refunds.content_version IS 'Which fields the hash could cover.';

CREATE TABLE costs (
    bucket          integer          NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    customer_id     text COLLATE "C" NOT NULL,
    cost_id         text COLLATE "C" NOT NULL,
    occurred_at     timestamptz      NOT NULL,
    day             date             NOT NULL,
    recorded_at     timestamptz      NOT NULL,
    amount_micros   bigint           NOT NULL,
    currency        text COLLATE "C" NOT NULL,
    exchange_rate   text COLLATE "C",
    kind            smallint         NOT NULL,
    content_hash    bytea            NOT NULL,
    content_version smallint         NOT NULL,
    CONSTRAINT costs_pkey PRIMARY KEY (bucket, tenant_id, customer_id, cost_id),
    CONSTRAINT costs_amount_range CHECK (amount_micros BETWEEN 0 AND 1000000000000000000)
);
COMMENT ON TABLE costs IS 'Money spent on customers.';
COMMENT ON COLUMN costs.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN costs.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN costs.customer_id IS 'Whom it was spent on; the caller''s id.';
COMMENT ON COLUMN costs.cost_id IS 'The caller''s id, unique per customer.';
COMMENT ON COLUMN costs.occurred_at IS 'When it was spent.';
COMMENT ON COLUMN costs.day IS 'Day of occurred_at in the tenant''s time zone.';
COMMENT ON COLUMN costs.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN costs.amount_micros IS 'Spent, in millionths of a unit of currency.';
COMMENT ON COLUMN costs.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN costs.exchange_rate IS 'Base currency units per unit, decimal text without superfluous zeros; NULL in base currency.';
COMMENT ON COLUMN costs.kind IS '0 acquisition, 1 to serve, 2 marketing, 3 retention, 4 referral reward, 5 compensation, 6 rebate.';
COMMENT ON COLUMN costs.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN costs.content_version IS 'Which fields the hash could cover.';

CREATE TABLE referrals (
    bucket          integer          NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    customer_id     text COLLATE "C" NOT NULL,
    referral_id     text COLLATE "C" NOT NULL,
    referrer_id     text COLLATE "C" NOT NULL,
    occurred_at     timestamptz      NOT NULL,
    day             date             NOT NULL,
    recorded_at     timestamptz      NOT NULL,
    content_hash    bytea            NOT NULL,
    content_version smallint         NOT NULL,
    CONSTRAINT referrals_pkey PRIMARY KEY (bucket, tenant_id, customer_id, referral_id)
);
CREATE INDEX referrals_referrer ON referrals (tenant_id, referrer_id);
COMMENT ON TABLE referrals IS 'Edges from a referrer to a referee; the referee''s facts.';
COMMENT ON COLUMN referrals.bucket IS 'Frozen hash of tenant and referee, 0 to 1023.';
COMMENT ON COLUMN referrals.tenant_id IS 'Whose customers.';
COMMENT ON COLUMN referrals.customer_id IS 'The referee; the caller''s id.';
COMMENT ON COLUMN referrals.referral_id IS 'The caller''s id, unique per referee.';
COMMENT ON COLUMN referrals.referrer_id IS 'Who brought the referee.';
COMMENT ON COLUMN referrals.occurred_at IS 'When it happened; the earliest edge is elected, then the smallest id.';
COMMENT ON COLUMN referrals.day IS 'Day of occurred_at in the tenant''s time zone; credit starts here.';
COMMENT ON COLUMN referrals.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN referrals.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN referrals.content_version IS 'Which fields the hash could cover.';

CREATE TABLE voids (
    bucket          integer          NOT NULL,
    tenant_id       text COLLATE "C" NOT NULL,
    customer_id     text COLLATE "C" NOT NULL,
    kind            smallint         NOT NULL,
    fact_id         text COLLATE "C" NOT NULL,
    recorded_at     timestamptz      NOT NULL,
    reason          text,
    content_hash    bytea            NOT NULL,
    content_version smallint         NOT NULL,
    CONSTRAINT voids_pkey PRIMARY KEY (bucket, tenant_id, customer_id, kind, fact_id)
);
COMMENT ON TABLE voids IS 'Facts that count no more from the recording of the void on; may precede their fact.';
COMMENT ON COLUMN voids.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN voids.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN voids.customer_id IS 'Whose fact; of a referral the referee.';
COMMENT ON COLUMN voids.kind IS 'Kind of the fact: 0 transaction, 1 refund, 2 cost, 3 referral.';
COMMENT ON COLUMN voids.fact_id IS 'Id of the fact.';
COMMENT ON COLUMN voids.recorded_at IS 'The database''s clock after all locks of the recording transaction.';
COMMENT ON COLUMN voids.reason IS 'Why; NULL when not told.';
COMMENT ON COLUMN voids.content_hash IS 'Keyed hash of the fields that were set.';
COMMENT ON COLUMN voids.content_version IS 'Which fields the hash could cover.';
