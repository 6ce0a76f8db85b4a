"""Files on disk: locks, atomic writes, digests, sealed JSON, progress. Knows nothing of speech."""
