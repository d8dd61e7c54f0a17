"""PostgreSQL: tables, publishing, reading, the embedded server. Only `io_manager` imports Dagster."""
