"""Rows as events: which column is which field, and how a cell becomes a value."""
