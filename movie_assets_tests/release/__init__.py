"""Releases, as far as they need no engine; movie_assets_tests/deploy/test_registry.py has the rest."""
