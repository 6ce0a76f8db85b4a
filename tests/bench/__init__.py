"""How fast this package is beside the usual ways and beside what the machine can do."""
