-- Intervals need how the uncertainties of a model's parameters hang together.
-- One named change per ALTER, so that Citus takes it too.
ALTER TABLE models ADD COLUMN log_parameter_covariance double precision[];
COMMENT ON COLUMN models.log_parameter_covariance IS 'Covariance of the logarithms of the estimates, row by row; null for models fitted before it was kept, which give no intervals.';
COMMENT ON COLUMN models.family IS 'Family as in the model''s name: bg-nbd, mbg-nbd, pareto-nbd, gamma-gamma.';
