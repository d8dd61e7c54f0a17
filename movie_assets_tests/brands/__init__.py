"""Tests of movie_assets.brands."""
