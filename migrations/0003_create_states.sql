-- State: what every fact moves in its own transaction, so that a score for now is one read. All of it
-- can be computed again from the facts; tests do.

CREATE TABLE customer_states (
    bucket                integer          NOT NULL,
    tenant_id             text COLLATE "C" NOT NULL,
    customer_id           text COLLATE "C" NOT NULL,
    transactions          bigint           NOT NULL DEFAULT 0,
    refunds               bigint           NOT NULL DEFAULT 0,
    costs                 bigint           NOT NULL DEFAULT 0,
    referrals             bigint           NOT NULL DEFAULT 0,
    voids                 bigint           NOT NULL DEFAULT 0,
    referrals_made        bigint           NOT NULL DEFAULT 0,
    pending_refunds       bigint           NOT NULL DEFAULT 0,
    pending_voids         bigint           NOT NULL DEFAULT 0,
    first_fact_at         timestamptz,
    last_fact_at          timestamptz,
    first_fact_day        date,
    last_recorded_at      timestamptz,
    purchase_days         bigint           NOT NULL DEFAULT 0,
    first_purchase_day    date,
    last_purchase_day     date,
    first_purchase_at     timestamptz,
    last_purchase_at      timestamptz,
    first_day_net_micros  numeric(38,0)    NOT NULL DEFAULT 0,
    revenue_micros numeric(38,0) NOT NULL DEFAULT 0,
    refunds_micros numeric(38,0) NOT NULL DEFAULT 0,
    cost_of_goods_micros numeric(38,0) NOT NULL DEFAULT 0,
    revenue_without_cost_of_goods_micros numeric(38,0) NOT NULL DEFAULT 0,
    acquisition_cost_micros numeric(38,0) NOT NULL DEFAULT 0,
    service_cost_micros numeric(38,0) NOT NULL DEFAULT 0,
    marketing_cost_micros numeric(38,0) NOT NULL DEFAULT 0,
    retention_cost_micros numeric(38,0) NOT NULL DEFAULT 0,
    referral_reward_micros numeric(38,0) NOT NULL DEFAULT 0,
    compensation_micros numeric(38,0) NOT NULL DEFAULT 0,
    rebate_micros numeric(38,0) NOT NULL DEFAULT 0,
    purchases_other bigint NOT NULL DEFAULT 0,
    purchases_new bigint NOT NULL DEFAULT 0,
    purchases_repeat bigint NOT NULL DEFAULT 0,
    purchases_upgrade bigint NOT NULL DEFAULT 0,
    purchases_cross_sell bigint NOT NULL DEFAULT 0,
    net_other_micros numeric(38,0) NOT NULL DEFAULT 0,
    net_new_micros numeric(38,0) NOT NULL DEFAULT 0,
    net_repeat_micros numeric(38,0) NOT NULL DEFAULT 0,
    net_upgrade_micros numeric(38,0) NOT NULL DEFAULT 0,
    net_cross_sell_micros numeric(38,0) NOT NULL DEFAULT 0,
    referrer_id           text COLLATE "C",
    referral_id           text COLLATE "C",
    referred_at           timestamptz,
    referred_day          date,
    CONSTRAINT customer_states_pkey PRIMARY KEY (bucket, tenant_id, customer_id)
) WITH (fillfactor = 80);
CREATE INDEX customer_states_referrer ON customer_states (tenant_id, referrer_id) WHERE referrer_id IS NOT NULL;
COMMENT ON TABLE customer_states IS 'One row a customer: sums over all facts that count. Its lock orders the writers of the customer.';
COMMENT ON COLUMN customer_states.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN customer_states.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN customer_states.customer_id IS 'The caller''s id.';
COMMENT ON COLUMN customer_states.transactions IS 'Transactions recorded, voided ones included.';
COMMENT ON COLUMN customer_states.refunds IS 'Refunds recorded, voided ones included.';
COMMENT ON COLUMN customer_states.costs IS 'Costs recorded, voided ones included.';
COMMENT ON COLUMN customer_states.referrals IS 'Referrals recorded with this customer as referee, voided ones included.';
COMMENT ON COLUMN customer_states.voids IS 'Voids recorded.';
COMMENT ON COLUMN customer_states.referrals_made IS 'Referrals recorded with this customer as referrer, voided ones included; zero means no referee to look for.';
COMMENT ON COLUMN customer_states.pending_refunds IS 'Refunds that are not voided and whose transaction is not recorded.';
COMMENT ON COLUMN customer_states.pending_voids IS 'Voids whose fact is not recorded.';
COMMENT ON COLUMN customer_states.first_fact_at IS 'Earliest occurred_at of any fact, voided and pending ones included; NULL without a fact.';
COMMENT ON COLUMN customer_states.last_fact_at IS 'Latest occurred_at of any fact; the row answers for instants from here on.';
COMMENT ON COLUMN customer_states.first_fact_day IS 'Earliest day of any fact.';
COMMENT ON COLUMN customer_states.last_recorded_at IS 'recorded_at of the newest fact, referrals made included; the next recording is later.';
COMMENT ON COLUMN customer_states.purchase_days IS 'Days with a purchase left after refunds and voids.';
COMMENT ON COLUMN customer_states.first_purchase_day IS 'First such day; NULL without one.';
COMMENT ON COLUMN customer_states.last_purchase_day IS 'Last such day; NULL without one.';
COMMENT ON COLUMN customer_states.first_purchase_at IS 'When the first purchase left after refunds and voids happened.';
COMMENT ON COLUMN customer_states.last_purchase_at IS 'When the last one happened.';
COMMENT ON COLUMN customer_states.first_day_net_micros IS 'Net amount of the first purchase day, base currency; zero without one.';
COMMENT ON COLUMN customer_states.revenue_micros IS 'Paid before refunds, base currency.';
COMMENT ON COLUMN customer_states.refunds_micros IS 'Given back as far as it counts, base currency.';
COMMENT ON COLUMN customer_states.cost_of_goods_micros IS 'Cost of goods less returned goods, base currency.';
COMMENT ON COLUMN customer_states.revenue_without_cost_of_goods_micros IS 'Revenue after refunds whose cost of goods is not known, base currency.';
COMMENT ON COLUMN customer_states.acquisition_cost_micros IS 'Spent on winning the customer, base currency.';
COMMENT ON COLUMN customer_states.service_cost_micros IS 'Spent on serving the customer, base currency.';
COMMENT ON COLUMN customer_states.marketing_cost_micros IS 'Spent on marketing to the customer, base currency.';
COMMENT ON COLUMN customer_states.retention_cost_micros IS 'Spent on keeping the customer, base currency.';
COMMENT ON COLUMN customer_states.referral_reward_micros IS 'Paid as referral rewards, base currency.';
COMMENT ON COLUMN customer_states.compensation_micros IS 'Paid as compensation, base currency.';
COMMENT ON COLUMN customer_states.rebate_micros IS 'Paid as rebates, base currency.';
COMMENT ON COLUMN customer_states.purchases_other IS 'Purchases of kind unspecified left after refunds and voids.';
COMMENT ON COLUMN customer_states.purchases_new IS 'Purchases of kind new left after refunds and voids.';
COMMENT ON COLUMN customer_states.purchases_repeat IS 'Purchases of kind repeat left after refunds and voids.';
COMMENT ON COLUMN customer_states.purchases_upgrade IS 'Purchases of kind upgrade left after refunds and voids.';
COMMENT ON COLUMN customer_states.purchases_cross_sell IS 'Purchases of kind cross_sell left after refunds and voids.';
COMMENT ON COLUMN customer_states.net_other_micros IS 'Revenue after refunds of purchases of kind unspecified, base currency.';
COMMENT ON COLUMN customer_states.net_new_micros IS 'Revenue after refunds of purchases of kind new, base currency.';
COMMENT ON COLUMN customer_states.net_repeat_micros IS 'Revenue after refunds of purchases of kind repeat, base currency.';
COMMENT ON COLUMN customer_states.net_upgrade_micros IS 'Revenue after refunds of purchases of kind upgrade, base currency.';
COMMENT ON COLUMN customer_states.net_cross_sell_micros IS 'Revenue after refunds of purchases of kind cross_sell, base currency.';
COMMENT ON COLUMN customer_states.referrer_id IS 'Referrer of the elected edge; NULL without one.';
COMMENT ON COLUMN customer_states.referral_id IS 'Id of the elected edge.';
COMMENT ON COLUMN customer_states.referred_at IS 'occurred_at of the elected edge.';
COMMENT ON COLUMN customer_states.referred_day IS 'day of the elected edge.';

CREATE TABLE customer_days (
    bucket      integer          NOT NULL,
    tenant_id   text COLLATE "C" NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    day         date             NOT NULL,
    purchases   bigint           NOT NULL,
    revenue_micros numeric(38,0) NOT NULL,
    refunds_micros numeric(38,0) NOT NULL,
    cost_of_goods_micros numeric(38,0) NOT NULL,
    revenue_without_cost_of_goods_micros numeric(38,0) NOT NULL,
    acquisition_cost_micros numeric(38,0) NOT NULL,
    service_cost_micros numeric(38,0) NOT NULL,
    marketing_cost_micros numeric(38,0) NOT NULL,
    retention_cost_micros numeric(38,0) NOT NULL,
    referral_reward_micros numeric(38,0) NOT NULL,
    compensation_micros numeric(38,0) NOT NULL,
    rebate_micros numeric(38,0) NOT NULL,
    CONSTRAINT customer_days_pkey PRIMARY KEY (bucket, tenant_id, customer_id, day)
) WITH (fillfactor = 90);
COMMENT ON TABLE customer_days IS 'One row a customer and day with a transaction or cost, voided ones included: additive totals.';
COMMENT ON COLUMN customer_days.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN customer_days.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN customer_days.customer_id IS 'The caller''s id.';
COMMENT ON COLUMN customer_days.day IS 'The day, in the tenant''s time zone.';
COMMENT ON COLUMN customer_days.purchases IS 'Purchases of the day left after refunds and voids.';
COMMENT ON COLUMN customer_days.revenue_micros IS 'Paid before refunds, base currency.';
COMMENT ON COLUMN customer_days.refunds_micros IS 'Given back as far as it counts, base currency.';
COMMENT ON COLUMN customer_days.cost_of_goods_micros IS 'Cost of goods less returned goods, base currency.';
COMMENT ON COLUMN customer_days.revenue_without_cost_of_goods_micros IS 'Revenue after refunds whose cost of goods is not known, base currency.';
COMMENT ON COLUMN customer_days.acquisition_cost_micros IS 'Spent on winning the customer, base currency.';
COMMENT ON COLUMN customer_days.service_cost_micros IS 'Spent on serving the customer, base currency.';
COMMENT ON COLUMN customer_days.marketing_cost_micros IS 'Spent on marketing to the customer, base currency.';
COMMENT ON COLUMN customer_days.retention_cost_micros IS 'Spent on keeping the customer, base currency.';
COMMENT ON COLUMN customer_days.referral_reward_micros IS 'Paid as referral rewards, base currency.';
COMMENT ON COLUMN customer_days.compensation_micros IS 'Paid as compensation, base currency.';
COMMENT ON COLUMN customer_days.rebate_micros IS 'Paid as rebates, base currency.';

CREATE TABLE refund_totals (
    bucket                        integer          NOT NULL,
    tenant_id                     text COLLATE "C" NOT NULL,
    customer_id                   text COLLATE "C" NOT NULL,
    transaction_id                text COLLATE "C" NOT NULL,
    currency                      text COLLATE "C" NOT NULL,
    refunds                       bigint           NOT NULL,
    amount_micros                 numeric(38,0)    NOT NULL,
    cost_of_goods_returned_micros numeric(38,0)    NOT NULL,
    CONSTRAINT refund_totals_pkey PRIMARY KEY (bucket, tenant_id, customer_id, transaction_id, currency)
) WITH (fillfactor = 90);
COMMENT ON TABLE refund_totals IS 'Refunds that are not voided, summed per purchase and currency; the purchase may not be recorded yet.';
COMMENT ON COLUMN refund_totals.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN refund_totals.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN refund_totals.customer_id IS 'Whose purchase; the caller''s id.';
COMMENT ON COLUMN refund_totals.transaction_id IS 'The purchase.';
COMMENT ON COLUMN refund_totals.currency IS 'ISO 4217 code of the refunds.';
COMMENT ON COLUMN refund_totals.refunds IS 'How many refunds.';
COMMENT ON COLUMN refund_totals.amount_micros IS 'Their sum, in millionths of a unit of currency, before any cap.';
COMMENT ON COLUMN refund_totals.cost_of_goods_returned_micros IS 'Cost of the goods that came back, before any cap.';
