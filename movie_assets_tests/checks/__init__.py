"""Tests of movie_assets.checks."""
