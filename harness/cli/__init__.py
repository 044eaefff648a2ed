"""The command line: one module a group of commands; what they do lives in the other rooms."""
