-- Models fitted elsewhere.
ALTER TABLE models ADD COLUMN imported_from text COLLATE "C";
COMMENT ON COLUMN models.imported_from IS 'Name that an imported model had where it was exported; null for models fitted here.';
COMMENT ON COLUMN models.fingerprint IS 'Hash of statistics, margin sums, family, options and engine version, of imported models of their content: equals are one model.';
