"""Which corpus speakers are of, where a manifest joins several."""

import pandas as pd


def corpora_of(recordings: pd.DataFrame) -> pd.Series:
    """Return each speaker's corpus.

    Args:
        recordings: Rows with ``speaker_id``, and ``corpus`` if they are of several.

    Returns:
        By speaker, in order of their ids; one and the same where a corpus is not known of all.
    """
    ids = recordings["speaker_id"].sort_values().unique()
    if "corpus" not in recordings or recordings["corpus"].isna().any():
        return pd.Series("", index=ids)
    return recordings.groupby("speaker_id")["corpus"].first().reindex(ids).astype(str)


def speakers_by_corpus(recordings: pd.DataFrame) -> dict[str, list[str]]:
    """List the speakers of each corpus.

    Args:
        recordings: As :func:`corpora_of` takes them.

    Returns:
        By corpus, in order of names, their ids in order; all under one key where there is one.
    """
    corpora = corpora_of(recordings)
    return {
        name: [str(speaker) for speaker in corpora.index[corpora == name]]
        for name in sorted(corpora.unique())
    }
