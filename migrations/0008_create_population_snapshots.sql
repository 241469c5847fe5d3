-- Population snapshots: where every customer stood at one instant, and the cut points that follow from
-- it. Definitions are small reference tables; the customers' rows lie in the customers' buckets.

CREATE TABLE population_snapshots (
    tenant_id        text COLLATE "C"   NOT NULL,
    number           integer            NOT NULL,
    take_id          uuid               NOT NULL,
    fingerprint      bytea              NOT NULL,
    as_of            timestamptz        NOT NULL,
    known_at         timestamptz        NOT NULL,
    policy_version   text COLLATE "C"   NOT NULL,
    model_versions   text[]             NOT NULL,
    engine_version   text COLLATE "C"   NOT NULL,
    customers        bigint             NOT NULL,
    value_micros            numeric(38,0)   NOT NULL,
    class_a_least_micros    numeric(38,0),
    class_b_least_micros    numeric(38,0),
    peak_micros             numeric(38,0)   NOT NULL,
    peak_customers          bigint          NOT NULL,
    lorenz_micros           numeric(38,0)[] NOT NULL,
    top_fifth_micros        numeric(38,0)   NOT NULL,
    half_differences_micros numeric(38,0)   NOT NULL,
    recorded_at      timestamptz        NOT NULL,
    CONSTRAINT population_snapshots_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT population_snapshots_fingerprint_unique UNIQUE (tenant_id, fingerprint)
);
COMMENT ON TABLE population_snapshots IS 'Population snapshots; rows never change.';
COMMENT ON COLUMN population_snapshots.tenant_id IS 'Whose snapshot.';
COMMENT ON COLUMN population_snapshots.number IS 'Counts up from 1 within the tenant; the snapshot''s name is snapshot/number.';
COMMENT ON COLUMN population_snapshots.take_id IS 'Names its rows in population_rows.';
COMMENT ON COLUMN population_snapshots.fingerprint IS 'Hash of all rows and of what they rest on: equal takes are one snapshot.';
COMMENT ON COLUMN population_snapshots.as_of IS 'Facts that had happened by this instant count.';
COMMENT ON COLUMN population_snapshots.known_at IS 'Facts and definitions recorded by this instant count.';
COMMENT ON COLUMN population_snapshots.policy_version IS 'The policy its measures and segments rest on.';
COMMENT ON COLUMN population_snapshots.model_versions IS 'Names of the models in force at as_of, purchase before spend; empty without any.';
COMMENT ON COLUMN population_snapshots.engine_version IS 'Version of the arithmetic.';
COMMENT ON COLUMN population_snapshots.customers IS 'Customers known by known_at with a fact by as_of: rows in population_rows.';
COMMENT ON COLUMN population_snapshots.value_micros IS 'Value to date of all its customers, in micro-units of the base currency.';
COMMENT ON COLUMN population_snapshots.class_a_least_micros IS 'Least value to date, in micro-units, that is in class A; NULL when nobody is.';
COMMENT ON COLUMN population_snapshots.class_b_least_micros IS 'Least value to date, in micro-units, that is in class A or B; NULL when nobody is.';
COMMENT ON COLUMN population_snapshots.peak_micros IS 'Value to date of the customers whose value is above zero: the top of the whale curve, in micro-units.';
COMMENT ON COLUMN population_snapshots.peak_customers IS 'How many these are.';
COMMENT ON COLUMN population_snapshots.lorenz_micros IS 'Value to date of the least valuable 0, 1, ... 100 % of the customers, in micro-units.';
COMMENT ON COLUMN population_snapshots.top_fifth_micros IS 'Value to date of the most valuable fifth of the customers, in micro-units.';
COMMENT ON COLUMN population_snapshots.half_differences_micros IS 'Half the sum of all absolute differences of values to date, in micro-units: what the Gini coefficient is a ratio of.';
COMMENT ON COLUMN population_snapshots.recorded_at IS 'The database''s clock after the lock on the tenant''s row.';

CREATE TABLE population_distributions (
    tenant_id   text COLLATE "C" NOT NULL,
    number      integer          NOT NULL,
    axis        smallint         NOT NULL,
    customers   bigint           NOT NULL,
    minimum     numeric(38,0)    NOT NULL,
    maximum     numeric(38,0)    NOT NULL,
    percentiles numeric(38,0)[]  NOT NULL,
    CONSTRAINT population_distributions_pkey PRIMARY KEY (tenant_id, number, axis)
);
COMMENT ON TABLE population_distributions IS 'How a measure is distributed over the customers of a snapshot; rows never change.';
COMMENT ON COLUMN population_distributions.tenant_id IS 'Whose snapshot.';
COMMENT ON COLUMN population_distributions.number IS 'The snapshot''s number.';
COMMENT ON COLUMN population_distributions.axis IS 'Which measure, by its number in the engine.';
COMMENT ON COLUMN population_distributions.customers IS 'Customers who have the measure.';
COMMENT ON COLUMN population_distributions.minimum IS 'Least value, in the measure''s unit.';
COMMENT ON COLUMN population_distributions.maximum IS 'Greatest value, in the measure''s unit.';
COMMENT ON COLUMN population_distributions.percentiles IS 'The 99 percentiles by nearest rank, in the measure''s unit.';

CREATE TABLE population_segments (
    tenant_id    text COLLATE "C" NOT NULL,
    number       integer          NOT NULL,
    scheme       smallint         NOT NULL,
    segment      smallint         NOT NULL,
    customers    bigint           NOT NULL,
    value_micros numeric(38,0)    NOT NULL,
    CONSTRAINT population_segments_pkey PRIMARY KEY (tenant_id, number, scheme, segment)
);
COMMENT ON TABLE population_segments IS 'How many customers of a snapshot are in each segment that is not empty; rows never change.';
COMMENT ON COLUMN population_segments.tenant_id IS 'Whose snapshot.';
COMMENT ON COLUMN population_segments.number IS 'The snapshot''s number.';
COMMENT ON COLUMN population_segments.scheme IS 'Which scheme, by its number in the engine.';
COMMENT ON COLUMN population_segments.segment IS 'Which segment of it, by its number in the engine; -1 for customers without one.';
COMMENT ON COLUMN population_segments.customers IS 'Customers in it.';
COMMENT ON COLUMN population_segments.value_micros IS 'Their value to date, in micro-units of the base currency.';

CREATE TABLE population_takes (
    tenant_id    text COLLATE "C" NOT NULL,
    take_id      uuid             NOT NULL,
    is_abandoned boolean          NOT NULL,
    started_at   timestamptz      NOT NULL,
    moved_at     timestamptz      NOT NULL,
    CONSTRAINT population_takes_pkey PRIMARY KEY (tenant_id, take_id)
);
COMMENT ON TABLE population_takes IS 'Snapshots being taken: rows of population_rows that no snapshot names yet. A row goes with the take.';
COMMENT ON COLUMN population_takes.tenant_id IS 'Whose snapshot.';
COMMENT ON COLUMN population_takes.take_id IS 'Names its rows in population_rows.';
COMMENT ON COLUMN population_takes.is_abandoned IS 'Its rows are being removed: nothing may be added to it any more.';
COMMENT ON COLUMN population_takes.started_at IS 'The database''s clock when it began.';
COMMENT ON COLUMN population_takes.moved_at IS 'The database''s clock when it last went on; one that has not for long is abandoned.';

CREATE TABLE population_rows (
    bucket      integer          NOT NULL,
    tenant_id   text COLLATE "C" NOT NULL,
    take_id     uuid             NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    measures    numeric(38,0)[]  NOT NULL,
    segments    smallint[],
    CONSTRAINT population_rows_pkey PRIMARY KEY (bucket, tenant_id, take_id, customer_id)
) WITH (fillfactor = 70);
COMMENT ON TABLE population_rows IS 'One row a customer and snapshot: what was measured, and the segment of every scheme. Of a snapshot they never change.';
COMMENT ON COLUMN population_rows.bucket IS 'Frozen hash of tenant and customer, 0 to 1023.';
COMMENT ON COLUMN population_rows.tenant_id IS 'Whose customer.';
COMMENT ON COLUMN population_rows.take_id IS 'The take that wrote it; the snapshot names it once the take is whole.';
COMMENT ON COLUMN population_rows.customer_id IS 'The caller''s id.';
COMMENT ON COLUMN population_rows.measures IS 'Measures by their numbers in the engine, from 1 on; money in micro-units of the base currency. NULL where the customer has none.';
COMMENT ON COLUMN population_rows.segments IS 'Segment numbers by the schemes'' numbers in the engine, from 1 on; NULL where the customer is in none. NULL as a whole until the cut points are known.';

COMMENT ON TABLE model_activations IS 'When models and population snapshots are in force; rows never change.';
COMMENT ON COLUMN model_activations.tenant_id IS 'Whose model or snapshot.';
COMMENT ON COLUMN model_activations.slot IS 'purchase or spend of models, population of snapshots; in each the newest effective_at wins, then the newest recorded_at.';
COMMENT ON COLUMN model_activations.family IS 'The model''s family; snapshot for a snapshot.';
COMMENT ON COLUMN model_activations.number IS 'The model''s or snapshot''s number.';

-- As in 0005, where the extension citus is present.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    PERFORM create_reference_table('population_snapshots');
    PERFORM create_reference_table('population_distributions');
    PERFORM create_reference_table('population_segments');
    PERFORM create_reference_table('population_takes');
    PERFORM create_distributed_table('population_rows', 'bucket', colocate_with => 'customer_states');
END
$$;
