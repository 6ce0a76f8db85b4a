"""Scores of recordings by a trained run, for people whom it has never met."""
