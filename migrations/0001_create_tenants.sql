-- Tenants: what a tenant's first fact settles for ever, and the counter that tells replicas when a
-- definition changed. A small reference table: on Citus it is replicated to every node.
CREATE TABLE tenants (
    tenant_id        text COLLATE "C" NOT NULL,
    time_zone        text             NOT NULL,
    base_currency    text COLLATE "C",
    content_key      bytea            NOT NULL,
    definition_epoch bigint           NOT NULL DEFAULT 0,
    recorded_at      timestamptz      NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE tenants IS 'One row a tenant, written with its first fact.';
COMMENT ON COLUMN tenants.tenant_id IS 'Lower-case letters, digits and hyphens, at most 63.';
COMMENT ON COLUMN tenants.time_zone IS 'IANA name; decides on which day an instant lies. Frozen.';
COMMENT ON COLUMN tenants.base_currency IS 'ISO 4217 code of the first fact with money; NULL until there is one, then frozen.';
COMMENT ON COLUMN tenants.content_key IS 'Random key of the content hashes, so that a hash tells nothing about content.';
COMMENT ON COLUMN tenants.definition_epoch IS 'Grows with every definition written (models, activations); a cache of another epoch is out of date.';
COMMENT ON COLUMN tenants.recorded_at IS 'When the row was written.';
