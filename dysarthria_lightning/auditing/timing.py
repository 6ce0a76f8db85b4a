"""A3: how long recordings are, and how much of them is silence before and after the voice."""

from dysarthria_lightning.auditing.cues import Cue

CUES = [
    Cue("duration_s", "duration", "s"),
    Cue("lead_s", "silence before the voice", "s"),
    Cue("trail_s", "silence after the voice", "s"),
]
