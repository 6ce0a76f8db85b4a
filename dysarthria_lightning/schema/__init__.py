"""The base of every typed section, and how a kind's members are found."""
