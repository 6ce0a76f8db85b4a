"""Kinds of features. One file each."""
