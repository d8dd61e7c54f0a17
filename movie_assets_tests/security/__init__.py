"""What an outsider must not be able to do, on the real parts."""
