"""Side-by-side measurements. Each prints what it found; docs/benchmarks.md quotes them with their commands."""
