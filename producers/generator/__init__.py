"""Invented events of any number, with the truth about them kept aside."""
