"""The dashboard PostgreSQL: the server's own figures, by the names of the exporter 0.11 that Debian has."""

from __future__ import annotations

from typing import Any

from panels import Lines, Rows, Stat, dashboard_of

OURS = '{datname=~"movie_assets|dagster"}'


def postgresql() -> Any:
    """The dashboard."""
    return dashboard_of(
        "movie-assets-postgresql",
        "Movie Assets: PostgreSQL",
        "The server behind the warehouse and Dagster: connections, transactions, sizes, replication, archive.",
        {
            "Now": [
                (Stat("Server", "1 while the exporter can log in.", "pg_up", warn=1, bad=0.5, low=True), 4, 4),
                (
                    Stat(
                        "Databases",
                        "How many of the platform's two databases it can read.",
                        "sum(movie_assets_database_up)",
                        warn=2,
                        bad=1,
                        low=True,
                    ),
                    4,
                    4,
                ),
                (
                    Stat("Version", "Of the server.", "max by (short_version) (pg_static)", text="{{short_version}}"),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Connections in use",
                        "Of max_connections.",
                        "sum(pg_stat_activity_count) / max(pg_settings_max_connections)",
                        unit="percentunit",
                        warn=0.6,
                        bad=0.8,
                    ),
                    4,
                    4,
                ),
                (
                    Stat("Size", "Of all databases.", "sum(pg_database_size_bytes)", unit="bytes"),
                    4,
                    4,
                ),
                (
                    Stat(
                        "Longest transaction",
                        "An old one keeps VACUUM from cleaning up.",
                        "max(pg_stat_activity_max_tx_duration)",
                        unit="s",
                        warn=600,
                        bad=3600,
                    ),
                    4,
                    4,
                ),
            ],
            "Load": [
                (
                    Lines(
                        "Connections",
                        "By state.",
                        {"{{state}}": "sum by (state) (pg_stat_activity_count) > 0"},
                        stacked=True,
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "Transactions",
                        "Committed and rolled back, per second.",
                        {
                            "{{datname}} committed": f"rate(pg_stat_database_xact_commit{OURS}[5m])",
                            "{{datname}} rolled back": f"rate(pg_stat_database_xact_rollback{OURS}[5m])",
                        },
                        unit="ops",
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "Found in memory",
                        "Blocks that were in PostgreSQL's own cache, of all that were read.",
                        {
                            "{{datname}}": f"rate(pg_stat_database_blks_hit{OURS}[5m]) / "
                            f"(rate(pg_stat_database_blks_hit{OURS}[5m]) + rate(pg_stat_database_blks_read{OURS}[5m])"
                            " > 0)"
                        },
                        unit="percentunit",
                        least=None,
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "Rows written",
                        "Inserted, updated and deleted, per second.",
                        {
                            "{{datname}} inserted": f"rate(pg_stat_database_tup_inserted{OURS}[5m])",
                            "{{datname}} updated": f"rate(pg_stat_database_tup_updated{OURS}[5m])",
                            "{{datname}} deleted": f"rate(pg_stat_database_tup_deleted{OURS}[5m])",
                        },
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "Locks",
                        "By mode.",
                        {"{{mode}}": f"sum by (mode) (pg_locks_count{OURS}) > 0"},
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "Deadlocks and temporary files",
                        "Within the last hour; temporary files in bytes.",
                        {
                            "{{datname}} deadlocks": f"increase(pg_stat_database_deadlocks{OURS}[1h])",
                            "{{datname}} temporary bytes": f"increase(pg_stat_database_temp_bytes{OURS}[1h])",
                        },
                    ),
                    8,
                    8,
                ),
            ],
            "Storage": [
                (
                    Lines("Size", "By database.", {"{{datname}}": "pg_database_size_bytes"}, unit="bytes"),
                    12,
                    8,
                ),
                (
                    Lines(
                        "Disk free",
                        "Of the file system that holds MOVIE_ASSETS_HOME.",
                        {"free": "movie_assets_home_free_bytes", "size": "movie_assets_home_size_bytes"},
                        unit="bytes",
                    ),
                    12,
                    8,
                ),
            ],
            "Replication and archive": [
                (
                    Lines(
                        "WAL that a standby has yet to read",
                        "By replication slot; empty without a standby.",
                        {"{{slot_name}}": "pg_replication_slots_pg_wal_lsn_diff"},
                        unit="bytes",
                    ),
                    8,
                    8,
                ),
                (
                    Rows(
                        "Standbys",
                        "1 while the standby of the slot is connected.",
                        "pg_replication_slots_active",
                        {"slot_name": "Slot"},
                        "Connected",
                        more={"server": True},
                    ),
                    8,
                    8,
                ),
                (
                    Lines(
                        "WAL files archived",
                        "Within the last hour, and failed attempts.",
                        {
                            "archived": "increase(pg_stat_archiver_archived_count[1h])",
                            "failed": "increase(pg_stat_archiver_failed_count[1h])",
                        },
                    ),
                    8,
                    8,
                ),
            ],
        },
    )
