"""Circular reporting: who told whom, and which reports are one rumour told again."""
