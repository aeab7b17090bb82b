"""Ingest: from messages on the topics to rows in the store, each exactly once in effect."""
