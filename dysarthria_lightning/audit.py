"""``python -m dysarthria_lightning.audit``: ask what else than the voice could explain a result."""

from typing import TYPE_CHECKING

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.errors import RunError, UserError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from dysarthria_lightning.auditing.audit import Audited
    from dysarthria_lightning.auditing.finding import Finding
    from dysarthria_lightning.config import AuditSettings, Config
    from dysarthria_lightning.data.store import FeatureStore
    from dysarthria_lightning.runs.repeats import Repeat

#: Trainings with permuted labels where nothing else is said: as few as a p-value of 0.05 needs.
RETRAININGS = 19


def refuse_sweep(master: "DictConfig") -> None:
    """Refuse ``-m``.

    Raises:
        UserError: Always.
    """
    raise UserError("audit takes one model at a time; leave -m out")


@command("audit", sweep=refuse_sweep, settled=("fold",))
def main(composed: "DictConfig") -> None:
    """Audit a corpus, and a model where a cross-validation of it is finished."""
    from hydra.core.hydra_config import HydraConfig

    from dysarthria_lightning.cli.typed_words import words_as_given
    from dysarthria_lightning.config import check_audit

    config, settings = check_audit(composed)
    words = words_as_given(HydraConfig.get().overrides.task)
    from rich.console import Console

    from dysarthria_lightning.auditing.audit import Options, audit
    from dysarthria_lightning.auditing.record import write_audit
    from dysarthria_lightning.data.preparation import prepare_corpus
    from dysarthria_lightning.reporting.audits import audit_table, audit_texts
    from dysarthria_lightning.reporting.corpus import origin_note
    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table
    from dysarthria_lightning.runs.repeats import find_repeats, finished_repeats

    store = prepare_corpus(config)
    finished: list[Repeat] = []
    try:
        finished, left_out = finished_repeats(find_repeats(config) or [config], store.key)
    except RunError as error:
        left_out = [f"No model is audited: {error}"]
    options = Options(settings.permutations, settings.partitions, settings.power, settings.seed)
    tests = [repeat.test_predictions() for repeat in finished]
    audited = audit(config, store, tests, options)
    # Training again takes hours, after which nothing must be lost.
    path = write_audit(config, store.key, tests, audited, settings.model_dump())
    more = _nonspeech_network(config, store, words, audited) if settings.nonspeech_network else []
    if finished:
        more += [
            *_identity(finished[0], store),
            *_retrained(finished[0], store, words, _n_retrainings(config, settings)),
        ]
    if more:
        audited = audited.with_findings(more)
        path = write_audit(config, store.key, tests, audited, settings.model_dump())
    console = Console()
    title = f"{origin_note(config)}{_title(config, len(finished))}"
    console.print(terminal_table(audit_table(title, audited)))
    for note in [*audit_texts(audited), *left_out, f"Audit: {path}"]:
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def _n_retrainings(config: "Config", settings: "AuditSettings") -> int:
    """Say how often the model is trained with permuted labels."""
    if settings.retrainings != "auto":
        return settings.retrainings
    return 0 if _is_network(config) else RETRAININGS


def _title(config: "Config", n_repeats: int) -> str:
    """Say what was audited."""
    if not n_repeats:
        return f"Audit of {config.data.corpus}, without a model"
    repeats = "1 repeat" if n_repeats == 1 else f"{n_repeats} repeats"
    return f"Audit of {config.data.corpus} and of {config.model.name}, {repeats}"


def _is_network(config: "Config") -> bool:
    from dysarthria_lightning.models.base import NetworkSection

    return isinstance(config.model, NetworkSection)


def _identity(repeat: "Repeat", store: "FeatureStore") -> "list[Finding]":
    """Ask how much of a network is who is speaking."""
    if not _is_network(repeat.config) or not _is_of_new_speakers(repeat.config):
        return []
    from dysarthria_lightning.auditing.identity import identity_finding

    return [identity_finding(repeat.folders, store)]


def _nonspeech_network(
    config: "Config", store: "FeatureStore", words: list[str], audited: "Audited"
) -> "list[Finding]":
    """Train LSTM-1 on the frames in which nobody speaks, and judge it."""
    from dysarthria_lightning.auditing.audit import speaker_auroc
    from dysarthria_lightning.auditing.corpus import AuditedCorpus
    from dysarthria_lightning.auditing.finding import Light
    from dysarthria_lightning.auditing.measurements import measurements_folder
    from dysarthria_lightning.auditing.nonspeech import LEAST_OF_SPEAKER
    from dysarthria_lightning.auditing.nonspeech_corpus import (
        network_finding,
        write_nonspeech_corpus,
    )
    from dysarthria_lightning.evaluation.chance import chance_of_speakers
    from dysarthria_lightning.runs.repeats import finished_repeats
    from dysarthria_lightning.sweeps.sweep import train_combinations
    from dysarthria_lightning.train import train

    if any(it.key == "nonspeech" and it.light == Light.GREY for it in audited.findings):
        return []  # and why has been said
    corpus = AuditedCorpus.of(config, store)
    place = measurements_folder(config, store) / f"corpus-{config.subset.name}"
    table = write_nonspeech_corpus(place, corpus.speakers, corpus.recordings, corpus.measure())
    # What says how to train; the rest is of the corpus that is audited.
    shared = ("outputs_dir", "overwrite", "tag", "protocol.folds")
    kept = [word for word in words if word.startswith((*shared, "trainer."))]
    own = [
        *("data=manifest", f"data.manifest={table.resolve()}", "features=matrix", "model=lstm1"),
        *(f"data.name={config.data.corpus}-nonspeech", f"features.hop_s={config.features.hop_s}"),
        f"data.segment_s={LEAST_OF_SPEAKER * config.features.hop_s:g}",
        *("protocol.stratify=true", "protocol.validation=rotating", "fold=all"),
    ]
    (trained,) = train_combinations([[*kept, *own]], train)
    (repeat,), _ = finished_repeats([trained])
    tests = [repeat.test_predictions()]
    auroc = speaker_auroc(tests)
    return [network_finding(auroc, chance_of_speakers(tests), audited.model_auroc)]


def _is_of_new_speakers(config: "Config") -> bool:
    from dysarthria_lightning.data.protocols import KnownSpeakers

    return not isinstance(config.protocol, KnownSpeakers)


def _retrained(
    repeat: "Repeat", store: "FeatureStore", words: list[str], n_retrainings: int
) -> "list[Finding]":
    """Train the model with permuted labels, and compare."""
    from dysarthria_lightning.auditing.audit import recording_auroc, speaker_auroc
    from dysarthria_lightning.auditing.memory import memory_finding
    from dysarthria_lightning.auditing.retraining import (
        not_retrained,
        of_known_speakers,
        retraining_finding,
    )
    from dysarthria_lightning.runs.repeats import finished_repeats
    from dysarthria_lightning.sweeps.sweep import train_combinations
    from dysarthria_lightning.train import train

    if not _is_of_new_speakers(repeat.config):
        return [of_known_speakers()]
    if not n_retrainings:
        others = [word for word in words if not word.startswith("audit.retrainings=")]
        asked = [*others, f"audit.retrainings={RETRAININGS}"]
        return [not_retrained(shell_command("audit", asked))]
    numbers = range(1, 1 + n_retrainings)
    of_repeat = _words_of(repeat.config, words)
    known = [word for word in of_repeat if word.split("=")[0].split(".")[0] != "protocol"]
    *dealt, remembered = train_combinations(
        [
            *([*of_repeat, f"data.permuted_labels={number}", "fold=all"] for number in numbers),
            [*known, "protocol=known_speakers", "data.permuted_labels=1"],
        ],
        train,
    )
    values = []
    for config in dealt:
        (one,), _ = finished_repeats([config], store.key)
        values.append(speaker_auroc([one.test_predictions()]))
    observed = speaker_auroc([repeat.test_predictions()])
    (one,), _ = finished_repeats([remembered], store.key)
    heard = recording_auroc([one.test_predictions()])
    return [retraining_finding(observed, values), memory_finding(heard)]


def _words_of(config: "Config", words: list[str]) -> list[str]:
    """Return the overrides of a cross-validation, without its fold and what only audits have."""
    keys = ("repeat", "split_seed", "seed")
    kept = [
        word
        for word in words
        if word.split("=")[0] not in ("fold", *keys) and not word.startswith("audit.")
    ]
    return [*kept, *(f"{key}={getattr(config, key)}" for key in keys)]


if __name__ == "__main__":
    run_command(main)
