"""Everything that may break, broken. Faults are declared beside their tests; docs/reliability.md is made of them."""
