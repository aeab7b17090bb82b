"""Search: one engine behind the command line and the HTTP interface."""
