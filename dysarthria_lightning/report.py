"""``python -m dysarthria_lightning.report``: judge a model by the folds and repeats finished."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.errors import ConfigError, CorpusError, RunError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from omegaconf import DictConfig

    from dysarthria_lightning.auditing.audit import Audited
    from dysarthria_lightning.config import Config, PageSettings
    from dysarthria_lightning.reporting.display import TextTable

# What only this command takes.
_OWN = ("page", "report_dir", "report")


@command("report")
def main(composed: "DictConfig") -> None:
    """Print the cross-validated results of one model, and write a page on all beside it.

    Without any words: list the cross-validations that are on disk.
    """
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from dysarthria_lightning.cli.following import after_report
    from dysarthria_lightning.cli.typed_words import words_as_given
    from dysarthria_lightning.config import check_report

    config, page = check_report(composed)
    given = words_as_given(HydraConfig.get().overrides.task)
    if all(word.startswith("outputs_dir=") for word in given):
        _list_everything(config, given)
        return
    words = [word for word in given if _key(word).split(".")[0] not in _OWN]
    experiment = HydraConfig.get().runtime.choices.get("experiment")
    if experiment and HydraConfig.get().mode == RunMode.RUN:
        raise ConfigError(
            "an experiment is a sweep of many runs; reproduce train=false "
            f"'experiments=[{experiment}]' reports on all of them"
        )
    from rich.console import Console

    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table

    # What other cells have reached is worth knowing where this one is not finished, too.
    _print_matrix(config, words)
    table = results(config, words)
    others, commands = _apart(table)
    console = Console()
    console.print(terminal_table(others))
    for note in commands:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    suggested = [note.rpartition("\n")[2].strip() for note in commands]
    console.print(after_report(suggested, words), markup=False, highlight=False, soft_wrap=True)
    if page.page:
        place = _write_page(config, page, words, given)
        console.print(f"Page: {place}", markup=False, highlight=False, soft_wrap=True)


def _write_page(
    config: "Config", page: "PageSettings", words: list[str], given: list[str]
) -> "Path":
    """Write the page on a model and all that is finished beside it; return where it is."""
    from pathlib import Path

    from dysarthria_lightning.gathering.found import content_of, find_study, report_folder
    from dysarthria_lightning.gathering.suggestions import with_source
    from dysarthria_lightning.reporting.folder import write_report
    from dysarthria_lightning.reporting.study_file import read_study

    one_repeat, key = _names_a_repeat(words), _current_key(config)
    folder = (
        Path(page.report_dir) if page.report_dir else report_folder(config, one_repeat=one_repeat)
    )
    # First, so that a mistake in it is named before minutes are spent.
    described = read_study(folder, page.report.study)
    study = find_study(config, with_source(config, words), key, one_repeat=one_repeat)
    content = content_of(
        study,
        shell_command("report", given),
        page.report.prevalences,
        recordings_there=key is not None,
    )
    said = replace(content, described=described, study_file=page.report.study or "")
    return write_report(folder, said)


def _list_everything(config: "Config", words: list[str]) -> None:
    """Print the cross-validations that are on disk, and write them as a page."""
    from pathlib import Path

    from rich.console import Console

    from dysarthria_lightning.gathering.listing import list_crossvalidations
    from dysarthria_lightning.reporting.listing import listing_table
    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table
    from dysarthria_lightning.reporting.render.listing import write_listing

    listing = list_crossvalidations(Path(config.outputs_dir), words)
    console = Console()
    if listing.rows:
        console.print(terminal_table(listing_table(listing)))
    for line in [*listing.commands(), *listing.notes]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    page = write_listing(Path(config.outputs_dir) / "reports", listing)
    console.print(f"Page: {page}", markup=False, highlight=False, soft_wrap=True)


def _key(word: str) -> str:
    return word.partition("=")[0].lstrip("+~")


def _names_a_repeat(words: list[str]) -> bool:
    from dysarthria_lightning.gathering.suggestions import REPEAT_KEYS

    return any(_key(word) in REPEAT_KEYS for word in words)


def _print_matrix(config: "Config", words: list[str]) -> None:
    """Print what the model reaches from each corpus to each other, and leave it as CSV."""
    from pathlib import Path

    from rich.console import Console

    from dysarthria_lightning.cli.following import across_command
    from dysarthria_lightning.data.corpora.several import SeveralData
    from dysarthria_lightning.data.protocols import AcrossCorpora
    from dysarthria_lightning.files.atomic import replacing_file
    from dysarthria_lightning.gathering.suggestions import with_source
    from dysarthria_lightning.reporting.matrix import matrix_data, matrix_table
    from dysarthria_lightning.reporting.render.latex_and_terminal import (
        TERMINAL_WIDTH,
        terminal_table,
    )
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.corpus_matrix import gather_matrix

    if not isinstance(config.protocol, AcrossCorpora):
        return
    console = Console()
    if not isinstance(config.data, SeveralData):
        console.print(
            "The matrix of all corpora needs data=several; of a table with a column corpus there "
            "is none.",
            highlight=False,
        )
        return
    matrix = gather_matrix(config, _current_key(config))
    if matrix is None or matrix.table.empty:
        return
    table = matrix_table(matrix, partial(across_command, with_source(config, words)))
    others, commands = _apart(table)
    console.print(terminal_table(others, TERMINAL_WIDTH))
    for note in commands:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    folder = Path(config.outputs_dir) / "across_corpora" / config.tag / layout.corpus_folder(config)
    path = folder / f"{config.subset.name}-{config.features_name}-{config.model.name}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with replacing_file(path) as temporary:
        matrix_data([matrix]).to_csv(temporary, index=False, float_format="%.6g")
    console.print(f"As a table: {path}", markup=False, highlight=False, soft_wrap=True)


def _apart(table: "TextTable") -> "tuple[TextTable, list[str]]":
    """Part commands, which must not be broken where the table's width ends, from its notes."""
    commands = [(mark, note) for mark, note in table.footnotes if "\n" in note]
    others = [it for it in table.footnotes if it not in commands]
    said = [f"({mark}) {note}" if mark else note for mark, note in commands]
    return replace(table, footnotes=others), said


def results(config: "Config", overrides: list[str]) -> "TextTable":
    """Judge a model by all repeats of its cross-validation that are finished.

    Args:
        config: The cross-validation.
        overrides: The words that describe it on the command line.

    Raises:
        CorpusError: The corpus that is named is not there.
        RunError: Folds are missing, do not belong together, or were trained on another corpus.
    """
    import pandas as pd

    from dysarthria_lightning.auditing.record import read_audit
    from dysarthria_lightning.evaluation.analysis import judge
    from dysarthria_lightning.evaluation.study import Cell
    from dysarthria_lightning.gathering.suggestions import (
        ask_for_references,
        ask_for_repeats,
        with_command,
    )
    from dysarthria_lightning.reporting.nouns import noun_of_settings
    from dysarthria_lightning.reporting.paper.values import REFERENCES
    from dysarthria_lightning.reporting.results import (
        results_notes,
        results_table,
        results_title,
        with_references,
    )
    from dysarthria_lightning.runs.repeats import find_repeats, finished_repeats
    from dysarthria_lightning.runs.training_length import training_warning

    key = _current_key(config)
    named = _names_a_repeat(overrides)
    candidates = [config] if named else find_repeats(config) or [config]
    try:
        finished, left_out = finished_repeats(candidates, key)
    except RunError as error:
        raise with_command(error, candidates[0], overrides, named=named) from None
    tests = [repeat.test_predictions() for repeat in finished]
    records = [record for repeat in finished for record in repeat.records()]
    configs = [repeat.config for repeat in finished]
    noun = noun_of_settings(config)
    metrics = judge(Cell.of(config), tests)
    several_models = config.protocol.folds > 1
    notes = results_notes(metrics, noun, several_models=several_models)
    trained_on = records[0]["fingerprint"]["corpus"]["content"]
    # First, so that nobody misses it.
    audited = read_audit(configs[0], trained_on, tests)
    notes = [*_audit_notes(audited, configs[0], overrides), *notes]
    if several_models and not named:
        notes += ask_for_repeats(configs, overrides)
    if warning := training_warning(records):
        notes.append(warning)
    title = results_title(configs, pd.concat(tests), records, compared=key is not None)
    references = _references(config, configs, key) if several_models else {}
    if several_models and not references and config.model.architecture not in REFERENCES:
        notes.append(ask_for_references(configs, overrides, named=named))
    table = results_table(title, metrics, [*notes, *left_out], noun, several_models=several_models)
    return with_references(table, references)


def _audit_notes(audited: "Audited | None", config: "Config", overrides: list[str]) -> list[str]:
    """Say what an audit has found, or give the command that makes one."""
    from dysarthria_lightning.gathering.suggestions import REPEAT_KEYS, with_source
    from dysarthria_lightning.reporting.audits import NOT_AUDITED, describe_audit

    if audited is not None:
        return [describe_audit(audited)]
    words = [word for word in overrides if word.split("=")[0] not in ("fold", *REPEAT_KEYS)]
    return [f"{NOT_AUDITED} To ask:\n  {shell_command('audit', with_source(config, words))}"]


def _references(
    config: "Config", repeats: "list[Config]", key: str | None
) -> "dict[str, pd.DataFrame]":
    """Judge the references beside a model by the same repeats, as far as they are finished."""
    from dysarthria_lightning.config.members import default_model
    from dysarthria_lightning.evaluation.analysis import judge
    from dysarthria_lightning.evaluation.study import Cell
    from dysarthria_lightning.reporting.paper.values import REFERENCES
    from dysarthria_lightning.runs.repeats import finished_repeats

    judged = {}
    for name in REFERENCES:
        if name == config.model.name:
            continue
        model = default_model(name)
        of_reference = [it.model_copy(update={"model": model}) for it in repeats]
        try:
            finished, _ = finished_repeats(of_reference, key)
        except RunError:
            continue
        tests = [repeat.test_predictions() for repeat in finished]
        judged[name] = judge(Cell.of(of_reference[0]), tests, aurocs_only=True)
    return judged


def _current_key(config: "Config") -> str | None:
    """Compute the key of the corpus that is named, None where none is."""
    from dysarthria_lightning.data.preparation import corpus_key

    try:
        return corpus_key(config)
    except CorpusError as error:
        has_table = getattr(config.data, "manifest", None) is not None
        without = "data.name instead of data.manifest" if has_table else "no data.root"
        raise CorpusError(
            f"{error}\nTo print what was trained without comparing it with recordings, give "
            f"{without}"
        ) from None


if __name__ == "__main__":
    run_command(main)
