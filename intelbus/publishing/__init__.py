"""The agency's publisher: what is said is stored, then sealed, then sent until it has arrived."""
