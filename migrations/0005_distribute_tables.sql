-- Where the extension citus is present the tables spread over its workers by bucket; elsewhere this
-- does nothing.
DO $$
DECLARE
    distributed text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    PERFORM create_reference_table('tenants');
    PERFORM create_reference_table('models');
    PERFORM create_reference_table('model_activations');
    PERFORM create_distributed_table('customer_states', 'bucket');
    FOREACH distributed IN ARRAY ARRAY[
        'customer_days', 'refund_totals', 'transactions', 'refunds', 'costs', 'referrals', 'voids'
    ] LOOP
        PERFORM create_distributed_table(distributed, 'bucket', colocate_with => 'customer_states');
    END LOOP;
END
$$;
