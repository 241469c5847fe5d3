-- A third slot beside purchase and spend: models of how many customers a customer goes on to bring.

COMMENT ON COLUMN models.family IS 'Family as in the model''s name: bg-nbd, gamma-gamma, referral-nbd.';
COMMENT ON COLUMN model_activations.slot IS 'purchase, spend and referral of models, population of snapshots, policy of policies; in each the newest effective_at wins, then the newest recorded_at.';
