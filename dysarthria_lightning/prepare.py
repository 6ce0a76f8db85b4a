"""``python -m dysarthria_lightning.prepare``: check a corpus and extract its features."""

from pathlib import Path
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from dysarthria_lightning.data.corpora.synthetic import SyntheticData


@command("config")
def main(composed: "DictConfig") -> None:
    """Extract the corpus's features and print its tables and every problem found."""
    from hydra.core.hydra_config import HydraConfig

    from dysarthria_lightning.cli.following import after_prepare
    from dysarthria_lightning.cli.typed_words import words_as_given
    from dysarthria_lightning.config import check_config
    from dysarthria_lightning.data.corpora.synthetic import SyntheticData

    config = check_config(composed)
    words = words_as_given(HydraConfig.get().overrides.task)
    from rich.console import Console

    from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
    from dysarthria_lightning.reporting.corpus import duration_table, origin_note
    from dysarthria_lightning.reporting.nouns import RECORDINGS
    from dysarthria_lightning.reporting.paper.corpus_text import corpus_table
    from dysarthria_lightning.reporting.paper.tables import corpus_counts
    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table

    store = prepare_corpus(config)
    console = Console()
    console.print(origin_note(config), end="", markup=False, highlight=False)
    counts = corpus_counts(store.recordings.drop_duplicates("source_id"))
    for table in (
        corpus_table(counts, "Speakers [recordings]", RECORDINGS, beside_paper=False),
        duration_table(store.recordings),
    ):
        console.print(terminal_table(table))
    for paragraph in describe_problems(store) or ["No problems found."]:
        console.print(paragraph, markup=False, highlight=False)
    places = {"Features": store.folder}
    if isinstance(config.data, SyntheticData):
        places["Spectrograms"] = _draw_spectrograms(config.data, config.outputs_dir)
    for name, path in places.items():
        console.print(f"{name}: {path}", markup=False, highlight=False, soft_wrap=True)
    console.print(after_prepare(config, words), markup=False, highlight=False, soft_wrap=True)


def _draw_spectrograms(data: "SyntheticData", outputs_dir: str) -> Path:
    """Draw a healthy and the most severe speaker's tokens of three prompts, once."""
    from dysarthria_lightning.data.synthetic import DISCLAIMER
    from dysarthria_lightning.data.synthetic.contrasts import contrasting_clips

    path = data.folder(outputs_dir) / "spectrograms.png"
    if not path.exists():
        from dysarthria_lightning.files.atomic import replacing_file
        from dysarthria_lightning.reporting.spectrograms import spectrogram_figure

        clips, sample_rate_hz = contrasting_clips(path.parent, ["ka1", "guai1", "shi2"])
        figure = spectrogram_figure(clips, sample_rate_hz, DISCLAIMER)
        with replacing_file(path) as temporary:
            figure.savefig(temporary, dpi=110, format="png")
    return path


if __name__ == "__main__":
    run_command(main)
