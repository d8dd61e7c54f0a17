"""Tests of movie_assets.automation."""
