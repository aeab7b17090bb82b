"""What leaves the building: the filtered set in a standard form, on record as a disclosure."""
