"""The metrics, the alerts and the dashboards."""
