"""Published tables as files that other tools read: formats, files that appear whole, and the folder of all tables."""
