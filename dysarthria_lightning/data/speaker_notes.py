"""What is worth knowing of speakers and stops nothing: several ages, an id that may mean none."""

from collections.abc import Iterator

import pandas as pd

from dysarthria_lightning.data.manifest_schema import bullet_list

_USES = {
    "age": (
        "model=demographics and the audit take the mean of a speaker's recordings, the report's "
        "groups of age the first in the order of recording ids"
    ),
    "severity": "the report takes the first in the order of recording ids",
}


def describe_speakers(recordings: pd.DataFrame) -> Iterator[str]:
    """Say who has several ages or severities and which is used by what, and who is called NA.

    Args:
        recordings: Of a feature store.

    Yields:
        A paragraph each.
    """
    for column, uses in _USES.items():
        known = recordings.reindex(columns=["speaker_id", column]).dropna().drop_duplicates()
        several = known[known.duplicated("speaker_id", keep=False)].groupby("speaker_id")[column]
        lines = [
            f"{speaker}: {', '.join(f'{value:g}' for value in values.astype(float))}"
            for speaker, values in several
        ]
        if lines:
            number = f"{len(lines)} speakers have" if len(lines) > 1 else "1 speaker has"
            yield f"{number} more than one {column}; {uses}:\n{bullet_list(lines)}"
    if (recordings["speaker_id"] == "NA").any():
        yield (
            "A speaker is called NA: read as initials. Where a program wrote NA for a speaker who "
            "is not known, leave the cell empty; it is then refused with its row."
        )
