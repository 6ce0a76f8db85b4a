"""What ``auto`` stands for, corpus by corpus.

The paper's choices are kept where the paper is repeated. Elsewhere they are ours, for corpora of
some dozens of speakers: there an epoch is a dozen steps, and the validation error of a few speakers
moves in coarse steps and rises while their ranking still improves, so that networks would be tested
after an epoch or two.
"""

from typing import Any, TypeVar

from dysarthria_lightning.config.trainer import TrainerSection
from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.protocols import AcrossCorpora, AnyProtocol, KnownSpeakers
from dysarthria_lightning.schema.automatic import AUTO
from dysarthria_lightning.schema.base import Section

#: On corpora whose ``papers_protocol`` is true.
PAPERS: dict[str, dict[str, Any]] = {
    "protocol": {"stratify": False, "validation": "fixed", "validation_speakers": 9},
    "trainer": {"monitor": "error", "min_steps": 0},
}

#: On all others. How many speakers validate, if fixed, follows from how many there are.
OTHERS: dict[str, dict[str, Any]] = {
    "protocol": {"stratify": True, "validation": "rotating"},
    "trainer": {"monitor": "loss", "min_steps": 300},
}

AnySection = TypeVar("AnySection", bound=Section)


def resolve_protocol(protocol: AnyProtocol, data: CorpusSection) -> AnyProtocol:
    """Put values in the place of ``auto``.

    Args:
        protocol: The section; a number of validation speakers asks for fixed ones.
        data: The corpus.

    Returns:
        The section. Its number of validation speakers is still ``auto`` where it does not apply or
        follows from the number of speakers.

    Raises:
        ValueError: The keys contradict each other.
    """
    if isinstance(protocol, KnownSpeakers):
        return protocol
    if isinstance(protocol, AcrossCorpora):
        if data.is_one_corpus:
            raise ValueError(
                f"protocol=across_corpora: data={data.corpus} is one corpus; join several with "
                "data=several, or in a table of your own with a column corpus"
            )
        return protocol.resolve(getattr(data, "corpora", None))
    values = dict(_values(data)["protocol"])
    n_validation = values.pop("validation_speakers", AUTO)
    if protocol.validation_speakers != AUTO:
        values["validation"] = "fixed"
    resolved = _resolve(protocol, values)
    if resolved.validation == "fixed":
        return _resolve(resolved, {"validation_speakers": n_validation})
    if resolved.validation_speakers != AUTO:
        raise ValueError(
            f"protocol.validation_speakers = {resolved.validation_speakers}: with "
            "protocol.validation=rotating the folds validate in turn; leave "
            "protocol.validation_speakers=auto, or choose protocol.validation=fixed"
        )
    if resolved.folds < 3:
        raise ValueError(
            f"protocol.folds = {resolved.folds}: with protocol.validation=rotating one fold is "
            "tested, the next validates and the others are trained on, so at least 3 are needed; "
            "or choose protocol.validation=fixed"
        )
    return resolved


def resolve_trainer(trainer: TrainerSection, data: CorpusSection) -> TrainerSection:
    """Put values in the place of ``auto``.

    Args:
        trainer: The section.
        data: The corpus.
    """
    return _resolve(trainer, _values(data)["trainer"])


def _values(data: CorpusSection) -> dict[str, dict[str, Any]]:
    return PAPERS if data.papers_protocol else OTHERS


def _resolve(section: AnySection, values: dict[str, Any]) -> AnySection:
    left = {key: value for key, value in values.items() if getattr(section, key) == AUTO}
    return section.model_copy(update=left)
