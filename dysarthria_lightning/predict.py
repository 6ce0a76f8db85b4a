"""``python -m dysarthria_lightning.predict``: score people whom a model has never met."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.plain_command import plain_command
from dysarthria_lightning.cli.shell import shell_command

if TYPE_CHECKING:
    import pandas as pd

    from dysarthria_lightning.config import Predicting
    from dysarthria_lightning.reporting.display import TextTable
    from dysarthria_lightning.scoring.given_recordings import GivenRecordings
    from dysarthria_lightning.scoring.opening import OpenedModel
    from dysarthria_lightning.scoring.people import ScoredPeople
    from dysarthria_lightning.scoring.ready import ReadyModel


@plain_command("predict", paths=("model", "recordings", "out", "outputs_dir"))
def main(values: dict[str, Any]) -> None:
    """Score people, write the scores, and print them with what may be said of them."""
    from dysarthria_lightning.config import check_predicting

    _predict(check_predicting(values))


def _predict(settings: "Predicting") -> None:
    from rich.console import Console

    from dysarthria_lightning.scoring.finding import check_model
    from dysarthria_lightning.scoring.given_recordings import read_given

    given = read_given(settings.recordings, settings.people, settings.data)
    check_model(Path(settings.model))  # mistakes are answered before torch is imported
    from dysarthria_lightning.reporting.model_card import performance
    from dysarthria_lightning.reporting.predictions import bad_recordings, predictions_table
    from dysarthria_lightning.scoring.familiar import NOT_CHECKED
    from dysarthria_lightning.scoring.people import default_folder, score_people
    from dysarthria_lightning.scoring.ready import get_ready
    from dysarthria_lightning.scoring.threshold import calibrate, choose

    model = get_ready(settings.model)
    held_out, summary = model.dossier.held_out, model.dossier.summary
    threshold = choose(settings.threshold, held_out, model.dossier.testers)
    calibration = calibrate(held_out, model.dossier.testers)
    folder = (
        Path(settings.out)
        if settings.out
        else default_folder(settings.outputs_dir, model, settings.recordings)
    )
    folder.mkdir(parents=True, exist_ok=True)
    scored = score_people(model, given, threshold, calibration, folder)
    _write(scored.speakers, folder / "scores.csv")
    _write(scored.recordings.drop(columns=["source_id", "scored_by"]), folder / "recordings.csv")
    console = Console()
    name = f"{model.config.model.name}, trained on {summary.corpus}"
    table = predictions_table(name, scored.speakers, threshold, calibration, summary, model.n_parts)
    _print(console, [*model.notes, *given.notes])
    _show(console, table)
    notes = [bad_recordings(scored.bad, len(given.rows)), *scored.notes]
    if not scored.familiarity.checked:
        place = f" from {model.runs.outputs_dir / 'features'}" if model.runs else ""
        notes.append(NOT_CHECKED.format(place=place))
    if model.dossier.disclaimer:
        notes.append(f"The model: {model.dossier.disclaimer}.")
    if model.dossier.estimate:
        notes.append(f"{performance(model.dossier)}.")
    _print(console, [*filter(None, notes), _audit_note(model)])
    if "label" in scored.speakers:
        _judge(console, scored, folder)
    if settings.plots:
        _print(console, _draw(model, given, scored, folder / "figures"))
    _print(console, [f"Scores: {folder / 'scores.csv'}, {folder / 'recordings.csv'}"])


def _audit_note(model: "ReadyModel") -> str:
    """Say what an audit of the model's cross-validation has found, or give the command for one."""
    from dysarthria_lightning.reporting.audits import NOT_AUDITED
    from dysarthria_lightning.reporting.model_audits import describe_model_audit

    if model.runs is None:
        return model.dossier.audit or NOT_AUDITED
    found = describe_model_audit(model.runs)
    if found:
        return found
    return f"{NOT_AUDITED} To ask:\n  {shell_command('audit', _audit_words(model.runs))}"


def _audit_words(model: "OpenedModel") -> list[str]:
    """Write the settings of a model's runs as one would type them, as far as they are not usual."""
    from dysarthria_lightning.config.location import CONF_DIR

    config = model.testers[0].config if model.testers else model.config
    chosen = config.model.name
    if not (Path(CONF_DIR) / "model" / f"{chosen}.yaml").exists():
        chosen = config.model.architecture
    words = [f"data={config.data.layout}", f"model={chosen}"]  # type: ignore[attr-defined]
    for key in ("root", "manifest", "name"):
        if (place := getattr(config.data, key, None)) is not None:
            words.insert(1, f"data.{key}={place}")
    words += [f"features={config.features.kind}"] if config.features.kind != "mfcc" else []
    words += [f"tag={config.tag}"] if config.tag else []
    place = model.testers[0].outputs_dir if model.testers else model.outputs_dir
    words += [f"outputs_dir={place}"] if config.outputs_dir != "outputs" else []
    return words


def _judge(console: Any, scored: "ScoredPeople", folder: Path) -> None:
    """Print and write what the scores are worth on people whose labels are known."""
    from dysarthria_lightning.evaluation.judging import judge_fully
    from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
    from dysarthria_lightning.reporting.nouns import RECORDINGS
    from dysarthria_lightning.reporting.predictions import unlabelled_note
    from dysarthria_lightning.reporting.results import results_notes, results_table

    judged = scored.labelled()
    labels = judged.drop_duplicates("speaker_id")["label"]
    if labels.nunique() < 2:
        _print(console, [unlabelled_note(labels.tolist())])
        return
    several = "fold" in judged
    # Where the same runs scored everybody, all pairs are of one score.
    metrics = judge_fully(judged if several else judged.assign(fold=0))
    values = metrics[["level", "metric", "value", "low", "high"]]
    _write(values if several else values[values["metric"] != WITHIN_FOLDS], folder / "values.csv")
    title = (
        f"On these people, of whom labels are known: {int(labels.sum())} dysarthric, "
        f"{int((1 - labels.astype(int)).sum())} healthy"
    )
    notes = results_notes(metrics, RECORDINGS, several_models=several)
    _show(console, results_table(title, metrics, notes, RECORDINGS, several_models=several))


def _draw(
    model: "ReadyModel", given: "GivenRecordings", scored: "ScoredPeople", folder: Path
) -> list[str]:
    """Draw a figure for each person who was scored, and say where they are."""
    import re

    from dysarthria_lightning.files.progress import progress_bar
    from dysarthria_lightning.reporting.people_figures import chosen_recordings, person_figure
    from dysarthria_lightning.scoring.time_course import follow, has_time_course

    folder.mkdir(exist_ok=True)
    rows = given.rows.set_index("recording_id")
    people = scored.speakers[scored.speakers["score"].notna()]
    with progress_bar() as bar:
        task = bar.add_task("Drawing figures", total=len(people))
        for number, person in enumerate(people.itertuples()):
            own = scored.recordings[scored.recordings["speaker_id"] == person.speaker_id]
            own = own[own["probability"].notna()]
            of_recordings = own.groupby("source_id", as_index=False)["probability"].mean()
            courses = {}
            for name in chosen_recordings(of_recordings):
                runs = own.loc[own["source_id"] == name, "scored_by"].iloc[0].split(",")
                course = follow(model, rows.loc[[name]], [int(run) for run in runs])
                courses[name] = (course.samples, course.sample_rate_hz, course.parts)
            figure = person_figure(
                f"{person.speaker_id} (research only, no diagnosis)",
                of_recordings,
                person.score,
                person.threshold,
                courses,
            )
            plain = re.sub(r"[^A-Za-z0-9._-]+", "_", str(person.speaker_id))[:80]
            figure.savefig(folder / f"{number + 1:03d}-{plain}.png", dpi=120)
            bar.advance(task)
    notes = [f"Figures: {folder}"]
    if not has_time_course(model):
        notes.append(
            f"{model.config.model.name} has no time course: it scores a recording as a whole, so "
            "the figures show sound without scores over time."
        )
    return notes


def _show(console: Any, table: "TextTable") -> None:
    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table

    console.print(terminal_table(replace(table, footnotes=[])))
    marked = [f"({mark}) {note}" if mark else note for mark, note in table.footnotes]
    _print(console, marked)


def _print(console: Any, notes: Iterable[str]) -> None:
    for note in notes:
        console.print(note, markup=False, highlight=False, soft_wrap="\n" in note)


def _write(table: "pd.DataFrame", path: Path) -> None:
    from dysarthria_lightning.files.atomic import replacing_file

    with replacing_file(path) as temporary:
        table.to_csv(temporary, index=False, encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
