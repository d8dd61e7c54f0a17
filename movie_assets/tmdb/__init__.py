"""TMDB film objects, from files or from the API, as typed rows. Imports no Dagster."""
