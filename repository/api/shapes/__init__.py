"""The shapes of answers, for the description of the interface."""
