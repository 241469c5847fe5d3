-- Definitions: models and when they are in force. Small reference tables, replicated on Citus.

CREATE TABLE models (
    tenant_id        text COLLATE "C"   NOT NULL,
    family           text COLLATE "C"   NOT NULL,
    number           integer            NOT NULL,
    fingerprint      bytea              NOT NULL,
    parameters       double precision[] NOT NULL,
    standard_errors  double precision[] NOT NULL,
    log_likelihood   double precision   NOT NULL,
    customers        bigint             NOT NULL,
    iterations       integer            NOT NULL,
    gradient_norm    double precision   NOT NULL,
    prior            text COLLATE "C"   NOT NULL,
    calibration_end  date               NOT NULL,
    engine_version   text COLLATE "C"   NOT NULL,
    net_revenue_micros                       numeric(38,0) NOT NULL,
    cost_of_goods_micros                     numeric(38,0) NOT NULL,
    net_revenue_without_cost_of_goods_micros numeric(38,0) NOT NULL,
    recorded_at      timestamptz        NOT NULL,
    CONSTRAINT models_pkey PRIMARY KEY (tenant_id, family, number),
    CONSTRAINT models_fingerprint_unique UNIQUE (tenant_id, fingerprint)
);
COMMENT ON TABLE models IS 'Fitted models; rows never change.';
COMMENT ON COLUMN models.tenant_id IS 'Whose model.';
COMMENT ON COLUMN models.family IS 'Family as in the model''s name: bg-nbd, gamma-gamma.';
COMMENT ON COLUMN models.number IS 'Counts up from 1 within the family; the model''s name is family/number.';
COMMENT ON COLUMN models.fingerprint IS 'Hash of statistics, margin sums, family, options and engine version: equal fits are one model.';
COMMENT ON COLUMN models.parameters IS 'Estimates in the order of the family''s paper.';
COMMENT ON COLUMN models.standard_errors IS 'Their standard errors, in the same order.';
COMMENT ON COLUMN models.log_likelihood IS 'Total natural-log likelihood, without the prior.';
COMMENT ON COLUMN models.customers IS 'Customers the fit used.';
COMMENT ON COLUMN models.iterations IS 'Newton steps taken.';
COMMENT ON COLUMN models.gradient_norm IS 'Largest component of the gradient per log-parameter.';
COMMENT ON COLUMN models.prior IS 'none or weak.';
COMMENT ON COLUMN models.calibration_end IS 'Last day of the data, included.';
COMMENT ON COLUMN models.engine_version IS 'Version of the arithmetic.';
COMMENT ON COLUMN models.net_revenue_micros IS 'Revenue after refunds of the calibration period, all customers.';
COMMENT ON COLUMN models.cost_of_goods_micros IS 'Cost of goods of the calibration period.';
COMMENT ON COLUMN models.net_revenue_without_cost_of_goods_micros IS 'Revenue after refunds whose cost of goods is not known.';
COMMENT ON COLUMN models.recorded_at IS 'The database''s clock after the lock on the tenant''s row.';

CREATE TABLE model_activations (
    tenant_id    text COLLATE "C" NOT NULL,
    slot         text COLLATE "C" NOT NULL,
    effective_at timestamptz      NOT NULL,
    recorded_at  timestamptz      NOT NULL,
    family       text COLLATE "C" NOT NULL,
    number       integer          NOT NULL,
    CONSTRAINT model_activations_pkey PRIMARY KEY (tenant_id, slot, effective_at, recorded_at)
);
COMMENT ON TABLE model_activations IS 'When models are in force; rows never change.';
COMMENT ON COLUMN model_activations.tenant_id IS 'Whose model.';
COMMENT ON COLUMN model_activations.slot IS 'purchase or spend; in each the newest effective_at wins, then the newest recorded_at.';
COMMENT ON COLUMN model_activations.effective_at IS 'From when on, included.';
COMMENT ON COLUMN model_activations.recorded_at IS 'The database''s clock after the lock on the tenant''s row.';
COMMENT ON COLUMN model_activations.family IS 'The model''s family.';
COMMENT ON COLUMN model_activations.number IS 'The model''s number.';
