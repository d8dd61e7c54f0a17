"""Title keys, candidates, evidence and decisions. Imports no Dagster."""
