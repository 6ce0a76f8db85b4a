"""Corpora, features, splits and batches: from recordings on disk to what networks see."""
