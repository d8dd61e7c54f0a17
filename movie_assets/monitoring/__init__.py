"""What Prometheus is told of the platform: read from its databases at the moment of a scrape, changed by nothing here.

`metrics` declares every metric, `catalogue` is what the platform consists of, `dagster_metrics` and
`warehouse_metrics` read the two databases, `collector` puts them together and `server` answers.
"""
