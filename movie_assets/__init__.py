"""Box-office brands and TMDB films, joined, measured and kept fresh in PostgreSQL."""
