"""Sanitised versions: what an originator writes for those who may not see the whole."""
