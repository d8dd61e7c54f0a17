"""Backups of both databases, taken, kept, verified and restored. Imports no Dagster."""
