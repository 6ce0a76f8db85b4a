"""Who was recorded, and which of the recordings are used, for the Methods of a paper."""

from collections.abc import Sequence

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.flow import DROPPED, LEFT, LISTED
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import capitalised, listed
from dysarthria_lightning.reporting.manuscript.citations import corpus_key
from dysarthria_lightning.reporting.manuscript.settings_in_words import describe_corpus_settings
from dysarthria_lightning.reporting.paper import values as paper


def describe_participants(content: ReportContent, configs: Sequence[Config]) -> list[str]:
    """Say who took part, and what was recorded.

    Args:
        content: Of the report.
        configs: Of the cells that are finished.

    Returns:
        Sentences, some without a full stop.
    """
    said = content.described
    sentences = said.labelled("design", "setting", "dates", "eligibility", "recruitment")
    sentences.append(f"{capitalised(_corpus_names(content))}: {count_speakers(content)}")
    sentences += [describe_flow(content)] if describe_flow(content) else []
    sentences += _demographics(content.study.recordings.drop_duplicates("speaker_id"))
    sentences += [f"Who is called dysarthric: {text}" for text in describe_classes(content)]
    sentences += said.labelled("reference_standard", "raters", "blinding", "treatments", "devices")
    for config in configs[:1]:
        if config.data.disclaimer:
            sentences.append(capitalised(config.data.disclaimer))
        sentences += describe_corpus_settings(config.data)
    subsets = list(dict.fromkeys(it.subset.name for it in configs))
    if subsets not in ([], ["all"]):
        described = listed(paper.describe_subset(it, content.noun) for it in subsets)
        sentences.append(f"Which recordings analyses used: {described}")
    return sentences + said.labelled("sample_size", "missing_data")


def count_speakers(content: ReportContent) -> str:
    """Count speakers of both classes, and recordings.

    Args:
        content: Of the report.
    """
    recordings = content.study.recordings
    speakers = recordings.drop_duplicates("speaker_id")
    n_dysarthric = int(speakers["label"].sum())
    return (
        f"{len(speakers)} speakers, {n_dysarthric} dysarthric and {len(speakers) - n_dysarthric} "
        f"healthy; {len(recordings):,} {content.noun.plural}"
    )


def describe_classes(content: ReportContent) -> list[str]:
    """Say of each corpus whom it calls dysarthric, as far as it does.

    Args:
        content: Of the report.
    """
    return [text for what, text in content.origin.items() if what.startswith("Classes")]


def describe_flow(content: ReportContent) -> str:
    """Say how many recordings were listed and why some are not used; nothing if it is not known.

    Args:
        content: Of the report.
    """
    if content.flow is None or content.flow.empty:
        return ""
    whole = content.flow[content.flow["label"].isna()]
    n_listed = whole[whole["step"] == LISTED].iloc[0]["n_recordings"]
    left, uncounted = (_reasons(whole[whole["step"] == step]) for step in (LEFT, DROPPED))
    said = [f"The corpus lists {n_listed:,} recordings"]
    if not left:
        said = [f"All {n_listed:,} recordings that the corpus lists could be used"]
    if uncounted:
        said.append(f"Not counted among these, and left out, were: {uncounted}")
    if left:
        said.append(f"Left out were: {left}")
    return ". ".join(said)


def _reasons(rows: pd.DataFrame) -> str:
    return "; ".join(
        f"{row['reason']}: {_counted(row['n_recordings'], row['n_speakers'])}"
        for _, row in rows.iterrows()
    )


def _counted(n_recordings: int | None, n_speakers: int | None) -> str:
    return f"{n_speakers:,} speakers" if pd.isna(n_recordings) else f"{n_recordings:,}"


def _corpus_names(content: ReportContent) -> str:
    """Name the corpora as their publishers do, with what to cite."""
    names = {
        what.removeprefix("Published as").strip(" ()") or content.corpus: text
        for what, text in content.origin.items()
        if what.startswith("Published as")
    }
    if not names:
        return f"the corpus “{content.corpus}”"
    return listed(f"{text} [@{corpus_key(name)}]" for name, text in names.items())


def _demographics(speakers: pd.DataFrame) -> list[str]:
    """Say age and gender of both classes, where all of a class are known."""
    said = []
    for label, name in ((1, "dysarthric"), (0, "healthy")):
        of_class = speakers[speakers["label"] == label]
        facts = []
        genders, ages = of_class.get("gender"), of_class.get("age")
        if genders is not None and genders.notna().all():
            facts.append(f"{int((genders == 'female').sum())} were female")
        if ages is not None and len(ages) > 1 and ages.notna().all():
            facts.append(f"the mean age was {ages.mean():.1f} years (SD {ages.std():.1f})")
        if facts:
            said.append(f"Of the {name} speakers {' and '.join(facts)}")
    return said
