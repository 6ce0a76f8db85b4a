"""Lightning: one run trained, judged and left on disk."""
