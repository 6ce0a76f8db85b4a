"""Why one recording cannot be used, and what is odd about one that can."""

from typing import NamedTuple

from dysarthria_lightning.errors import UserError

#: Samples of a recording that are held at once: 600 MB, 2.6 h at 16 kHz or 52 min at 48 kHz.
MAX_SAMPLES = 150_000_000


class UnusableRecordingError(UserError):
    """One recording cannot be used; the message says why, without its path."""


class RecordingTooLargeError(UnusableRecordingError):
    """A recording is longer than memory allows.

    Attributes:
        duration_s: How long it is at least.
    """

    def __init__(self, duration_s: float, sample_rate_hz: int) -> None:
        self.duration_s = duration_s
        super().__init__(
            f"is {duration_s / 60:.0f} min long or more; at {sample_rate_hz} Hz at most "
            f"{MAX_SAMPLES / sample_rate_hz / 60:.0f} min are read at once: cut it into shorter "
            "files, lower its sample rate, or leave long recordings out with data.max_duration_s"
        )


class Remark(NamedTuple):
    """What is odd about a recording that can be used.

    Attributes:
        what: The same text for all recordings of which it is true.
        detail: Of this one, or nothing.
    """

    what: str
    detail: str = ""
