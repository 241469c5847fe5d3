-- Policies that a tenant defines. As other definitions they are a small reference table replicated on
-- Citus; what is in force is in model_activations, slot policy.

CREATE TABLE policies (
    tenant_id                         text COLLATE "C" NOT NULL,
    number                            integer          NOT NULL,
    base_policy                       text COLLATE "C" NOT NULL,
    horizon_days                      integer          NOT NULL,
    discount_rate                     double precision NOT NULL,
    discounting_period_days           integer,
    margin_millionths                 integer          NOT NULL,
    cost_to_serve_per_purchase_micros bigint           NOT NULL,
    cost_to_serve_per_year_micros     bigint           NOT NULL,
    referral_depth                    integer          NOT NULL,
    referral_share_millionths         integer          NOT NULL,
    referral_decay_millionths         integer          NOT NULL,
    came_anyway_millionths            integer          NOT NULL,
    acquisition_cost_saved_micros     bigint           NOT NULL,
    rfm_cuts                          smallint         NOT NULL,
    rfm_recency_days                  bigint[],
    rfm_frequency                     bigint[],
    rfm_monetary_micros               bigint[],
    recorded_at                       timestamptz      NOT NULL,
    CONSTRAINT policies_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT policies_horizon_range CHECK (horizon_days BETWEEN 0 AND 3650),
    CONSTRAINT policies_discount_range CHECK (discount_rate BETWEEN 0 AND 10),
    CONSTRAINT policies_period_range CHECK (discounting_period_days BETWEEN 1 AND 3650),
    CONSTRAINT policies_share_range CHECK (
        margin_millionths BETWEEN 0 AND 1000000
        AND referral_share_millionths BETWEEN 0 AND 1000000
        AND referral_decay_millionths BETWEEN 0 AND 1000000
        AND came_anyway_millionths BETWEEN 0 AND 1000000
    ),
    CONSTRAINT policies_amount_range CHECK (
        cost_to_serve_per_purchase_micros BETWEEN 0 AND 1000000000000000000
        AND cost_to_serve_per_year_micros BETWEEN 0 AND 1000000000000000000
        AND acquisition_cost_saved_micros BETWEEN 0 AND 1000000000000000000
    ),
    CONSTRAINT policies_depth_range CHECK (referral_depth BETWEEN 1 AND 16),
    CONSTRAINT policies_custom_cuts CHECK (
        (
            rfm_cuts IN (0, 1)
            AND num_nonnulls(rfm_recency_days, rfm_frequency, rfm_monetary_micros) = 0
        )
        OR (
            rfm_cuts = 2
            AND num_nonnulls(rfm_recency_days, rfm_frequency, rfm_monetary_micros) = 3
            AND cardinality(rfm_recency_days) = 4
            AND cardinality(rfm_frequency) = 4
            AND cardinality(rfm_monetary_micros) = 4
        )
    )
);
COMMENT ON TABLE policies IS 'Policies that a tenant has defined, all terms each; rows never change.';
COMMENT ON COLUMN policies.tenant_id IS 'Whose policy.';
COMMENT ON COLUMN policies.number IS 'Counts up from 1 within the tenant; the policy''s name is policy/number.';
COMMENT ON COLUMN policies.base_policy IS 'The built-in policy it started from: what has no column here is as there.';
COMMENT ON COLUMN policies.horizon_days IS 'Days looked ahead when a request does not say.';
COMMENT ON COLUMN policies.discount_rate IS 'Annual effective rate at which expected value is discounted, 0.1 for 10 %.';
COMMENT ON COLUMN policies.discounting_period_days IS 'A purchase to come counts as paid in the middle of its period of so many days; NULL: at its own instant.';
COMMENT ON COLUMN policies.margin_millionths IS 'Share of revenue left after cost of goods where that cost is not known, in millionths.';
COMMENT ON COLUMN policies.cost_to_serve_per_purchase_micros IS 'What each purchase day to come costs to serve, in millionths of the base currency.';
COMMENT ON COLUMN policies.cost_to_serve_per_year_micros IS 'What a year of being a customer costs to serve, in millionths of the base currency.';
COMMENT ON COLUMN policies.referral_depth IS 'To which depth referees are credited.';
COMMENT ON COLUMN policies.referral_share_millionths IS 'Share of a direct referee''s contribution that is credited, in millionths.';
COMMENT ON COLUMN policies.referral_decay_millionths IS 'What is left of the share from one depth to the next, in millionths.';
COMMENT ON COLUMN policies.came_anyway_millionths IS 'Probability that a referee would have come without being brought, in millionths.';
COMMENT ON COLUMN policies.acquisition_cost_saved_micros IS 'What winning a customer costs who was not brought, in millionths of the base currency.';
COMMENT ON COLUMN policies.rfm_cuts IS 'Whose cut points the scores of recency, frequency and monetary value go by: 0 those of the snapshot in force, 1 of the newest snapshot, 2 the policy''s own.';
COMMENT ON COLUMN policies.rfm_recency_days IS 'Four ascending cut points of days since the last purchase day; NULL where they are a snapshot''s.';
COMMENT ON COLUMN policies.rfm_frequency IS 'Four ascending cut points of purchase days; NULL where they are a snapshot''s.';
COMMENT ON COLUMN policies.rfm_monetary_micros IS 'Four ascending cut points of revenue after refunds, in millionths of the base currency; NULL where they are a snapshot''s.';
COMMENT ON COLUMN policies.recorded_at IS 'The database''s clock after the lock on the tenant''s row.';

COMMENT ON TABLE model_activations IS 'When models, population snapshots and policies are in force; rows never change.';
COMMENT ON COLUMN model_activations.tenant_id IS 'Whose model, snapshot or policy.';
COMMENT ON COLUMN model_activations.slot IS 'purchase or spend of models, population of snapshots, policy of policies; in each the newest effective_at wins, then the newest recorded_at.';
COMMENT ON COLUMN model_activations.family IS 'The model''s family; snapshot for a snapshot, policy for a tenant''s policy, builtin for a built-in one.';
COMMENT ON COLUMN model_activations.number IS 'The model''s, snapshot''s or policy''s number.';

-- As in 0005, where the extension citus is present.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    PERFORM create_reference_table('policies');
END
$$;
