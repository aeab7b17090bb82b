"""The life of a record at its end: when it must be reviewed, what keeps it, how it is erased."""
