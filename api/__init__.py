"""Api: every way in from outside; today the command line."""
