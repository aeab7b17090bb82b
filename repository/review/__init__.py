"""Review: what a person should look at first, and what people have decided."""
