"""Everything that may break, broken: each fault is declared beside its test, and docs/reliability.md is made of them."""
