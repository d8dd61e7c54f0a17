"""Tests of movie_assets.exporting."""
