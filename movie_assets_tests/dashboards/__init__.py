"""The dashboards as files, and as Superset shows them."""
