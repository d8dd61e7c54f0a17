"""Tests of movie_assets.assets."""
