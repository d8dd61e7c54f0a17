"""One module per asset: what must be true of it, and how bad it is when it is not."""
