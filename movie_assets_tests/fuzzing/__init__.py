"""Inputs that nobody would write, many of them: nothing but typed errors, no long wait, bounded memory."""
