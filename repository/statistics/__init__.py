"""Published figures: counted from what stands, as known at a given moment, by functions alone."""
