"""What a report says of a checklist's items, and where: by key, only what is there."""

from collections.abc import Callable

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import listed
from dysarthria_lightning.reporting.manuscript.methods import Paragraph, results
from dysarthria_lightning.reporting.manuscript.participants import (
    count_speakers,
    describe_classes,
    describe_flow,
)

#: Paragraphs of the Methods, by key.
_PARAGRAPHS = {
    "corpus": "Participants and recordings",
    "features": "Features",
    "models": "Models",
    "training": "Training",
    "division": "Division of speakers",
    "statistics": "Statistical analysis",
    "software": "Software",
}
#: Sections of the page, by key.
_SECTIONS = {
    "audit": "audit",
    "across": "across-corpora",
    "operating_points": "operating-points",
    "calibration": "calibration",
    "subgroups": "subgroups",
    "prompts": "prompts",
    "severity": "severity",
    "net_benefit": "net-benefit",
}
_ALWAYS = {
    "automatic": "Not applicable: predictors are computed from audio, nobody judges them",
    "not_updated": "Not applicable: no model was updated",
    "imbalance": "No method against class imbalance was used",
    "output": "Output: a score from 0 to 1 per recording and per speaker",
    "blind_model": "Labels of test speakers were not available; networks hear recordings only",
    "indeterminate": "Every recording and speaker gets a score: there are no indeterminate results",
    "checks": "Recordings that are unusable are refused or listed with the reason (prepare)",
    "model_files": "Trained models are in the runs' folders (Runs); bundle packs one for others",
    "table1": "Table of speakers by class and gender (Tables)",
}


def places(
    content: ReportContent, paragraphs: list[Paragraph], sections: dict[str, str]
) -> dict[str, str]:
    """Say what the report has on each subject, and where.

    Args:
        content: Of the report.
        paragraphs: Of its Methods.
        sections: Titles of the page's sections by their ids.
    """
    headings = {paragraph.heading for paragraph in paragraphs}
    found = {key: f"Methods, {it}" for key, it in _PARAGRAPHS.items() if it in headings}
    found |= {key: f"Section “{sections[it]}”" for key, it in _SECTIONS.items() if it in sections}
    for key, say in _COMPUTED.items():
        if text := say(content):
            found[key] = text
    return found | _ALWAYS


def _prevalence(content: ReportContent) -> str:
    speakers = content.study.recordings.drop_duplicates("speaker_id")
    share = f"{100 * float(speakers['label'].mean()):.0f}"
    assumed = content.analysis.predictive_values
    if assumed.empty:
        return f"{share} % of the speakers are dysarthric"
    shares = ", ".join(f"{100 * it:g} %" for it in sorted(set(assumed["prevalence"])))
    return (
        f"{share} % of the speakers are dysarthric; predictive values are also given for {shares}"
    )


def _kind(content: ReportContent) -> str:
    protocols = {cell.protocol for cell in content.study.crossvalidations}
    kinds = {
        "internal validation by cross-validation": "novel_speakers" in protocols,
        "new recordings of the same people": "known_speakers" in protocols,
        "evaluation across corpora": bool(content.matrices),
    }
    said = listed(kind for kind, is_there in kinds.items() if is_there)
    return f"Development with {said}" if said else ""


def _limits(content: ReportContent) -> str:
    return (
        "What intervals leave out and what the audit found is said (Methods); else by the authors"
    )


def _known(column: str) -> Callable[[ReportContent], str]:
    def say(content: ReportContent) -> str:
        recordings = content.study.recordings
        there = column in recordings and recordings[column].notna().any()
        return f"{column.capitalize()} by class: Methods" if there else ""

    return say


_COMPUTED: dict[str, Callable[[ReportContent], str]] = {
    "counts": lambda content: f"{count_speakers(content)} (table of speakers)",
    "classes": lambda content: "; ".join(describe_classes(content)),
    "demographics": _known("age"),
    "prevalence": _prevalence,
    "left_out": describe_flow,
    "limits": _limits,
    "result": lambda content: next(iter(results(content)), "").rstrip("."),
    "kind": _kind,
    "same_corpus": lambda content: (
        ""
        if content.matrices or content.n_corpora > 1
        else "No external data: all speakers are of the same corpus"
    ),
    "code": lambda content: f"Repeated by: {content.command}",
    "diagram": lambda content: (
        "The diagram is to be drawn by the authors" if content.flow is None else "Who was tested"
    ),
    "cross_table": lambda content: (
        "People found and missed at stated thresholds: tables/confusion.csv"
        if len(content.analysis.confusion)
        else ""
    ),
    "outputs": lambda content: (
        "Scores, settings and records of every run are kept in its folder (Runs)"
        if content.study.crossvalidations
        else ""
    ),
}
