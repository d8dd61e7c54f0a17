"""Brand statistics, as SQL. Imports no Dagster."""
