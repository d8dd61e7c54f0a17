"""Tests of movie_assets.warehouse."""
