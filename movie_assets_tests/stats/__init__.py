"""Tests of movie_assets.stats."""
