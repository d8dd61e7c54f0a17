"""What the commands of the command line do; `cli` only parses arguments and prints."""
