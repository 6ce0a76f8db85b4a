"""``python -m dysarthria_lightning.bundle``: pack a trained model into one file to pass on."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.plain_command import plain_command
from dysarthria_lightning.errors import RunError

if TYPE_CHECKING:
    from dysarthria_lightning.config import Bundling
    from dysarthria_lightning.scoring.ready import ReadyModel
    from dysarthria_lightning.scoring.threshold import MetThreshold


@plain_command("bundle", paths=("model", "out"))
def main(values: dict[str, Any]) -> None:
    """Pack a model with what must be known of it; a page and an ONNX graph where asked for."""
    from dysarthria_lightning.config import check_bundling

    _bundle(check_bundling(values))


def _bundle(settings: "Bundling") -> None:
    from dataclasses import replace

    from rich.console import Console

    from dysarthria_lightning.scoring.finding import find_runs

    find_runs(Path(settings.model))  # mistakes are answered before torch is imported
    out = Path(settings.out)
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise RunError(f"out = {out}: expected a file in a folder that is there")
    from dysarthria_lightning.files.atomic import write_text
    from dysarthria_lightning.reporting.model_audits import describe_model_audit
    from dysarthria_lightning.reporting.model_card import model_card, performance
    from dysarthria_lightning.scoring.bundle import Bundle, write_bundle
    from dysarthria_lightning.scoring.estimate import judge_runs
    from dysarthria_lightning.scoring.ready import get_ready
    from dysarthria_lightning.scoring.threshold import choose
    from dysarthria_lightning.version import __version__

    model = get_ready(settings.model)
    runs = model.runs
    assert runs is not None  # a bundle was refused above
    dossier = replace(
        model.dossier, audit=describe_model_audit(runs), values=judge_runs(runs.testers)
    )
    model = replace(model, dossier=dossier)
    threshold = choose(settings.threshold, dossier.held_out, dossier.testers)
    card = model_card(model.config, dossier, threshold, model.n_parts, __version__)
    saved = runs.saved
    write_bundle(Bundle(saved, dossier.to_dict(), card), out)
    said = [*model.notes, performance(dossier) + ".", f"Bundle: {out}"]
    if settings.page:
        from dysarthria_lightning.scoring.browser.page import render_page

        write_text(render_page(saved, _texts(model, threshold)), out.with_suffix(".html"))
        said.append(f"Page: {out.with_suffix('.html')}")
    if settings.onnx:
        from dysarthria_lightning.scoring.onnx_graph import write_onnx

        write_onnx(saved, settings.onnx_rate_hz, out.with_suffix(".onnx"))
        said.append(
            f"ONNX graph of samples at {settings.onnx_rate_hz} Hz: {out.with_suffix('.onnx')}"
        )
    said.append(f"Next: dysarthria-lightning predict model={out} recordings=FOLDER")
    console = Console()
    for note in said:
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def _texts(model: "ReadyModel", threshold: "MetThreshold") -> Any:
    from dysarthria_lightning.reporting.model_card import facts
    from dysarthria_lightning.reporting.predictions import NO_DIAGNOSIS
    from dysarthria_lightning.scoring.browser.page import PageTexts

    dossier = model.dossier
    cautions = [NO_DIAGNOSIS.removeprefix("Research only, no diagnosis. ")]
    if dossier.disclaimer:
        cautions.append(f"The model: {dossier.disclaimer}.")
    cautions.append(
        "Scores of people unlike those of the training mean nothing that anybody has measured."
    )
    met = {"value": threshold.value, "origin": threshold.origin}
    trained_on: dict[str, Any] = {"rates_hz": dossier.summary.sample_rates_hz or None}
    trained_on["seconds"] = dossier.summary.range_of("duration_s")
    trained_on |= {key: dossier.summary.range_of(key) for key in ("level_db", "floor_db")}
    return PageTexts(
        f"{model.config.model.name}, trained on {dossier.corpus}",
        cautions,
        facts(model.config, dossier, model.n_parts),
        met,
        trained_on,
    )


if __name__ == "__main__":
    run_command(main)
