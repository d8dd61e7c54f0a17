"""The HTML report: what it says, what it never says, and how it works in a browser."""
