"""Break-glass: to see for a time, by a second person's word, what one's rights do not reach."""
