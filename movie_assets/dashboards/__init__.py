"""Superset beside the platform: its environment, accounts and server, and the dashboards of deploy/superset in it."""
