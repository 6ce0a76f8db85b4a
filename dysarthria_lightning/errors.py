"""Errors whose message is written for the person at the terminal."""


class UserError(Exception):
    """Something the user can mend; commands print its message without a traceback."""


class ConfigError(UserError):
    """A setting is missing, mistyped, out of range or at odds with another."""


class CorpusError(UserError):
    """A corpus, a manifest or one of its recordings cannot be used as it is."""


class LeakError(Exception):
    """Test data would be trained on: a fault of this package, which no user can mend."""


class RunError(UserError):
    """A run on disk is missing, unfinished, or made with other settings."""
