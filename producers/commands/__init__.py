"""The commands of `intelbus`, one module each."""
