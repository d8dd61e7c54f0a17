"""Tests of movie_assets.commands and the command line."""
