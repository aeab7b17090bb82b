"""The HTTP interface: `/v1` for readers, and the read calls of a schema registry."""
