"""Reads brand files of any dialect into typed rows. Imports no Dagster and touches no database."""
