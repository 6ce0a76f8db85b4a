"""Kinds of features. One file each.

A file here that defines a section with ``kind: Literal["name"]`` is a kind of features: with a
``conf/features/name.yaml`` of its keys it is chosen by ``features=name``.
"""
