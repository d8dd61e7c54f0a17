"""Claims about the behaviour of Movie Assets, checked against a real PostgreSQL and real servers."""
