"""The demonstration: 2009, told by its agencies through real servers (`python -m deploy.demo`)."""
