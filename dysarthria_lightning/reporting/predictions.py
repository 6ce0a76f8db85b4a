"""What ``predict`` shows: people's scores, and beside them what may be said of them."""

import math
from collections.abc import Sequence

import pandas as pd

from dysarthria_lightning.reporting.display import DASH, Text, TextTable
from dysarthria_lightning.scoring.experience import FAR, FAR_PERCENT, RANGES, RATE, TrainingSummary
from dysarthria_lightning.scoring.people import KNOWN, SHARED, SOME_KNOW, UNUSABLE
from dysarthria_lightning.scoring.threshold import Calibration, MetThreshold

NO_DIAGNOSIS = (
    "Research only, no diagnosis. A score says how much recordings resemble those of the speakers "
    "whom this model learnt as dysarthric, beside those whom it learnt as healthy. It does not say "
    "how likely a person has a disease."
)
_MOST_ROWS = 40
_MOST_NAMED = 20

#: By quantity: what a flag of it means, the unit, and how numbers are scaled and written.
_QUANTITIES = {
    "age": ("age", "years", 1.0, 0),
    "level_db": ("level of the recordings", "dB", 1.0, 0),
    "floor_db": ("noise floor", "dB", 1.0, 0),
    "bandwidth_hz": ("highest frequency recorded", "kHz", 1e-3, 1),
    "duration_s": ("length of a recording", "s", 1.0, 2),
    "amount_s": ("seconds of recordings in all", "s", 1.0, 1),
}
_MEANINGS = {
    KNOWN: "every run of the model was trained on this person, found by the very recordings: not "
    "scored, as it would not be new to the model",
    SOME_KNOW: "some runs were trained on this person, and only the others score",
    SHARED: "a recording is another person's, too",
    UNUSABLE: "no recording could be used",
    FAR: "the mean features lie farther from the training speakers than those of "
    f"{FAR_PERCENT:.0f} % of themselves",
}


def predictions_table(
    name: str,
    speakers: pd.DataFrame,
    threshold: MetThreshold,
    calibration: Calibration | None,
    summary: TrainingSummary,
    n_runs: int,
) -> TextTable:
    """Show people's scores.

    Args:
        name: Of the model.
        speakers: What :func:`people.score_people` says of them.
        threshold: What scores met.
        calibration: What turned them into probabilities, if anything did.
        summary: What the model was trained on.
        n_runs: Of which the model consists.
    """
    with_labels = "label" in speakers
    flagged = int(speakers["flags"].map(_is_outside).sum())
    if calibration and not speakers["calibrated_probability"].notna().any():
        calibration = None
    header = ["Person", "Score", *(["Range"] if n_runs > 1 else [])]
    header += [f">{threshold.value:.3g}\n(a)", *(["Prob.\n(b)"] if calibration else [])]
    # A terminal of 80 columns has no room for both.
    header += ["Label", "Files", "Flags"] if with_labels else ["Files", "Sec.", "Flags"]
    shown = speakers.head(_MOST_ROWS)
    rows = []
    for row in shown.to_dict("records"):
        texts = [_score(row["score"])]
        if n_runs > 1:
            texts.append(_range(row["lowest"], row["highest"]))
        texts.append(DASH if pd.isna(row["above_threshold"]) else _yes(row["above_threshold"]))
        if calibration:
            texts.append(_probability(row))
        if with_labels:
            texts.append(_label(row["label"]))
        listed = f" of {row['n_recordings'] + row['n_unusable']}" if row["n_unusable"] else ""
        texts.append(f"{row['n_recordings']}{listed}")
        if not with_labels:
            texts.append(f"{row['seconds']:.{0 if row['seconds'] >= 100 else 1}f}")
        texts.append(str(row["flags"]).replace("; ", "\n") or DASH)
        rows.append((str(row["speaker_id"]), [Text(text) for text in texts]))
    people = "1 person" if len(speakers) == 1 else f"{len(speakers):,} people"
    models = "" if n_runs == 1 else f", the mean of {n_runs} runs"
    notes = [("", NO_DIAGNOSIS)]
    if flagged:
        notes.append(
            (
                "",
                f"{flagged} of {people} {'lies' if flagged == 1 else 'lie'} outside of what the "
                "model was trained on (flags): what such scores mean nobody knows.",
            )
        )
    if len(speakers) > len(shown):
        notes.append(("", f"The first {len(shown)} of {len(speakers):,}; scores.csv has all."))
    attained = f" {threshold.attained}" if threshold.attained else ""
    notes.append(("a", f"Threshold {threshold.value:.4g}: {threshold.origin}.{attained}"))
    notes.append(
        ("b", _describe_calibration(calibration)) if calibration else ("", _NO_PROBABILITY)
    )
    if n_runs > 1:
        notes.append(("", "Range: what single runs say, trained on other speakers each."))
    notes.append(("", describe_training(summary)))
    if legend := describe_flags(speakers["flags"], summary):
        notes.append(("", legend))
    return TextTable("predictions", f"Scores of {people} by {name}{models}", header, rows, notes)


_NO_PROBABILITY = (
    "Scores run from 0 to 1 and are no probabilities of a disease. None is given: it takes 20 test "
    "speakers of each class whom the model had not met, higher scores of the dysarthric ones, and "
    "people who are like the training speakers and are none of them, as far as that can be checked."
)


def describe_training(summary: TrainingSummary) -> str:
    """Say what a model was trained on, and what of it is not known.

    Args:
        summary: Of it.
    """
    parts = [f"Trained on {summary.corpus}"]
    if summary.classes:
        parts.append(f" ({summary.classes})")
    if summary.n_speakers:
        numbers = " and ".join(f"{n} {name}" for name, n in summary.n_speakers.items() if n)
        parts.append(f": {numbers} speakers, {summary.n_recordings:,} recordings")
    known: list[str] = []
    unknown: list[str] = []
    rates = ", ".join(f"{rate / 1000:g}" for rate in summary.sample_rates_hz)
    (known if rates else unknown).append(f"files of {rates} kHz" if rates else "sample rates")
    tasks = ", ".join(summary.tasks)
    (known if tasks else unknown).append(f"recorded: {tasks}" if tasks else "what was recorded")
    for quantity in _QUANTITIES:
        if text := _limits(summary, quantity):
            known.append(text)
        else:
            unknown.append(_QUANTITIES[quantity][0])
    said = f"{''.join(parts)}; {'; '.join(known)}." if known else f"{''.join(parts)}."
    return f"{said} Not known: {', '.join(unknown)}." if unknown else said


def describe_flags(flags: "pd.Series[str]", summary: TrainingSummary) -> str:
    """Explain the flags that are there, in a paragraph.

    Args:
        flags: Of each person.
        summary: What the model was trained on.
    """
    there = {flag for its in flags for flag in its.split("; ") if flag}
    if not there:
        return ""
    meanings = dict(_MEANINGS)
    rates = ", ".join(f"{rate / 1000:g}" for rate in summary.sample_rates_hz)
    meanings[RATE] = f"files of another sample rate than in training ({rates} kHz)"
    for quantity, flag in RANGES.items():
        meanings[flag] = f"outside the training speakers' {_limits(summary, quantity)}"
    n_speakers = sum(summary.n_speakers.values())
    said = "; ".join(f"{flag} = {meanings[flag]}" for flag in meanings if flag in there)
    chance = (
        f" By chance about 2 in {n_speakers + 1} people like the training speakers lie outside any "
        "one range."
        if there & {*RANGES.values()}
        else ""
    )
    return f"Flags: {said}.{chance}"


def _is_outside(flags: str) -> bool:
    return bool({RATE, FAR, *RANGES.values()} & {*flags.split("; ")})


def bad_recordings(bad: dict[str, str], n_listed: int) -> str:
    """Name the recordings that could not be scored; nothing where there are none.

    Args:
        bad: By recording the reason.
        n_listed: How many recordings were given.
    """
    if not bad:
        return ""
    lines = [f"  - {name}: {reason}" for name, reason in [*bad.items()][:_MOST_NAMED]]
    if len(bad) > _MOST_NAMED:
        lines.append(f"  ... and {len(bad) - _MOST_NAMED} more in recordings.csv")
    were = "was" if len(bad) == 1 else "were"
    return "\n".join([f"{len(bad)} of {n_listed} recordings {were} not scored:", *lines])


def _describe_calibration(calibration: Calibration) -> str:
    return (
        "Probability that somebody with this score was called dysarthric among the test speakers "
        f"of {calibration.testers} ({calibration.n_dysarthric} dysarthric, "
        f"{calibration.n_healthy} healthy), of whom {100 * calibration.prevalence:.0f} % were: "
        "among people of whom fewer are dysarthric it is lower. Nobody who is seen to lie outside "
        "of what the model was trained on has one."
    )


def _probability(row: dict[object, object]) -> str:
    value = float(str(row["calibrated_probability"]))
    return DASH if math.isnan(value) else f"{100 * value:.0f} %"


def _limits(summary: TrainingSummary, quantity: str) -> str:
    limits = summary.range_of(quantity)
    if limits is None:
        return ""
    what, unit, scale, digits = _QUANTITIES[quantity]
    low, high = (f"{scale * limit:.{digits}f}".replace("-", "−") for limit in limits)
    return f"{what} {low} to {high} {unit}"


def _score(value: float) -> str:
    return DASH if math.isnan(value) else f"{value:.2f}"


def _range(low: float, high: float) -> str:
    return DASH if math.isnan(low) else f"{low:.2f}–{high:.2f}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _label(value: object) -> str:
    return {0: "healthy", 1: "dysarthric"}.get(value, DASH)  # type: ignore[call-overload]


def unlabelled_note(labels: Sequence[object]) -> str:
    """Say why no values are judged though labels were given.

    Args:
        labels: Of the people who have both a label and a score.
    """
    if not len(labels):
        return "No values are judged: nobody with a label was scored."
    return (
        "No values are judged: everybody with a label is "
        f"{_label(labels[0])}, and it takes both classes."
    )
