"""Deconfliction notices: word to an agency that another holds the same, never the content."""
