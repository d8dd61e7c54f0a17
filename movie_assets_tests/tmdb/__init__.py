"""Tests of movie_assets.tmdb."""
