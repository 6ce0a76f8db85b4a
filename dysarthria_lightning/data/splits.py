"""Who is trained on, who validates, who is tested (paper, sections IV and V)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.data.enough import (
    check_classes,
    check_numbers,
    describe_possible,
    divide,
)
from dysarthria_lightning.data.folds import Stratum
from dysarthria_lightning.data.manifest_schema import LABEL_NAMES
from dysarthria_lightning.data.protocols import (
    AcrossCorpora,
    AnyProtocol,
    KnownSpeakers,
    NovelSpeakers,
)
from dysarthria_lightning.data.several_corpora import speakers_by_corpus
from dysarthria_lightning.errors import ConfigError

SIDES = ("train", "validation", "test")
# Sides that need speakers of both classes, where another corpus is tested.
_LEARNT_FROM = 2


@dataclass(frozen=True)
class Split:
    """Which instances stand on which side.

    Attributes:
        train: Positions in the store's recordings, ascending.
        validation: Likewise.
        test: Likewise.
        speakers_apart: No speaker may stand on two sides.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    speakers_apart: bool

    def side(self, name: str) -> np.ndarray:
        """Return the positions of ``train``, ``validation`` or ``test``."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    def describe(self, recordings: pd.DataFrame) -> dict[str, Any]:
        """List each side's speakers, and its recordings where speakers do not decide the side."""
        described: dict[str, Any] = {}
        for name in SIDES:
            rows = self.side(name)
            described[name] = {"speakers": sorted(recordings["speaker_id"].iloc[rows].unique())}
            if not self.speakers_apart:
                sources = recordings["source_id"].iloc[rows].unique()
                described[name]["recordings"] = sorted(sources)
        return described

    def classes(self, recordings: pd.DataFrame) -> dict[str, dict[str, dict[str, int]]]:
        """Count each side's speakers and recordings, class by class.

        Args:
            recordings: The store's.

        Returns:
            By side and by class (``dysarthric``, ``healthy``), the numbers of ``speakers`` and of
            ``recordings`` (or segments, where recordings are cut).
        """
        return {name: _count(recordings.iloc[self.side(name)]) for name in SIDES}


def split_speakers(
    speakers: pd.DataFrame, protocol: NovelSpeakers, fold: int, seed: int
) -> dict[str, list[str]]:
    """Divide speakers into sides (paper, section V, unless the protocol says otherwise).

    With ``validation=fixed`` and as many folds as speakers remain after validation, this is
    leave-one-speaker-out.

    Args:
        speakers: All speakers of the corpus, in any order: their ids are the index; columns
            ``label``, ``gender`` and, if they are of several corpora, ``corpus``.
        protocol: How they are divided.
        fold: The fold to test, from 0.
        seed: Draws the partition; all folds of one seed share it.

    Returns:
        Speakers by side.

    Raises:
        ConfigError: There are too few speakers, or too few of a class.
    """
    strata = _strata(speakers)
    try:
        check_numbers(protocol, len(strata))
        if protocol.stratify:
            check_classes(protocol, speakers["label"])
    except ConfigError as error:
        raise ConfigError(f"{error}{describe_possible(strata, protocol, seed)}") from None
    return divide(strata, protocol, seed).sides(fold)


def _strata(speakers: pd.DataFrame) -> dict[str, Stratum]:
    """Return each speaker's class, gender and corpus.

    There are no genders where that of one speaker of a corpus is not known, and no corpora where
    there is one.
    """
    corpora = pd.Series("", speakers.index)
    if (
        "corpus" in speakers
        and speakers["corpus"].notna().all()
        and speakers["corpus"].nunique() > 1
    ):
        corpora = speakers["corpus"]
    unknown = speakers["gender"].isna().groupby(corpora).transform("any")
    genders = speakers["gender"].mask(unknown, "")
    ids = [str(speaker) for speaker in speakers.index]
    return dict(zip(ids, zip(speakers["label"], genders, corpora, strict=True), strict=True))


def split_across(
    recordings: pd.DataFrame, protocol: AcrossCorpora, fold: int, seed: int
) -> dict[str, list[str]]:
    """Divide speakers of several corpora: some train, some validate, others are tested.

    Args:
        recordings: Rows with ``speaker_id``, ``label``, ``gender`` and ``corpus``.
        protocol: Which corpora are trained on and which is tested.
        fold: Within one corpus, the fold to test.
        seed: Draws who validates, or the partition within a corpus.

    Returns:
        Speakers by side; those of other corpora are on none.

    Raises:
        ConfigError: A corpus is not there, or has too few speakers.
    """
    by_corpus = speakers_by_corpus(recordings)
    tested, sources = str(protocol.test_corpus), protocol.sources(by_corpus)
    absent = [name for name in (tested, *sources) if name not in by_corpus]
    if absent or not sources:
        there = ", ".join(filter(None, by_corpus)) or "none, in a column corpus filled throughout"
        raise ConfigError(
            f"protocol=across_corpora: there are no recordings of {', '.join(absent) or 'others'}; "
            f"the corpora there are: {there}"
        )
    trained_on = [speaker for name in sources for speaker in by_corpus[name]]
    speakers = _speakers(recordings[recordings["speaker_id"].isin(trained_on)])
    novel = protocol.as_novel_speakers()
    if protocol.is_within:
        return split_speakers(speakers, novel, fold, seed)
    n_validation = novel.n_validation(len(speakers))
    have = f"the training corpora {', '.join(sources)} have"
    for label, name in LABEL_NAMES.items():
        if (n_of_class := int((speakers["label"] == label).sum())) < _LEARNT_FROM:
            raise ConfigError(
                f"protocol=across_corpora: {have} {n_of_class} {name} speakers; at least "
                f"{_LEARNT_FROM} of each class are needed: to train and to validate"
            )
    if n_validation > len(speakers) - len(LABEL_NAMES):
        raise ConfigError(
            f"protocol.validation_speakers = {n_validation}: {have} {len(speakers)} speakers"
        )
    # As one fold whose test is another corpus: who does not validate trains.
    parts = divide(_strata(speakers), novel, seed)
    train = [speaker for part in parts.folds for speaker in part]
    return {"train": train, "validation": parts.validation, "test": by_corpus[tested]}


def split_recordings(n: int, parts: dict[str, int], seed: int) -> dict[str, NDArray[np.int64]]:
    """Shuffle recordings and split them by ratio (paper, section IV).

    Args:
        n: How many recordings there are.
        parts: Each side's share, for example train 2, test 1, validation 1.
        seed: Draws the order.

    Returns:
        By side, numbers from 0 to n - 1; sizes are rounded so that they add up.

    Raises:
        ConfigError: A side would be empty.
    """
    order = np.random.default_rng(seed).permutation(n)
    shares = np.cumsum(list(parts.values())) / sum(parts.values())
    cuts = np.rint(shares[:-1] * len(order)).astype(int)
    sides = dict(zip(parts, np.split(order, cuts), strict=True))
    for name, side in sides.items():
        if len(side) == 0:
            raise ConfigError(f"{n} recordings are too few: the {name} side is empty")
    return sides


def make_split(
    recordings: pd.DataFrame,
    protocol: AnyProtocol,
    exclude: Sequence[str],
    fold: int | str,
    seed: int,
) -> Split:
    """Split a corpus's instances.

    Speakers and recordings are drawn before syllable types are left out, so that all subsets
    share their folds. Segments of one recording stay together.

    Args:
        recordings: The store's recordings.
        protocol: The ``protocol`` section of the configuration.
        exclude: Syllable types to leave out.
        fold: The fold to test, or ``all_speakers``: everybody is trained on.
        seed: Draws the split.

    Returns:
        The split.

    Raises:
        ConfigError: There are too few speakers or recordings, a side is empty, the training or
            the validation side has one class only, or the corpus does not say the syllables' types.
    """
    if isinstance(fold, str):
        return _train_on_everybody(recordings, exclude)
    if isinstance(protocol, NovelSpeakers):
        numbers, ids = pd.factorize(recordings["speaker_id"], sort=True)
        drawn = split_speakers(_speakers(recordings), protocol, fold, seed)
        sides = {name: ids.get_indexer(members) for name, members in drawn.items()}
    elif isinstance(protocol, AcrossCorpora):
        numbers, ids = pd.factorize(recordings["speaker_id"], sort=True)
        drawn = split_across(recordings, protocol, fold, seed)
        sides = {name: ids.get_indexer(members) for name, members in drawn.items()}
    else:
        # Two files with the same samples must not stand on two sides.
        numbers, digests = pd.factorize(recordings["source_digest"], sort=True)
        parts = {
            "train": protocol.train_parts,
            "test": protocol.test_parts,
            "validation": protocol.validation_parts,
        }
        sides = split_recordings(len(digests), parts, seed)
    kept = _kept(recordings, exclude)
    of_side = {name: np.isin(numbers, sides[name]) & kept for name in SIDES}
    if isinstance(protocol, AcrossCorpora):
        of_side = {name: of_side[name] & _is_of_side(recordings, protocol, name) for name in SIDES}
    split = Split(
        **{name: np.flatnonzero(of_side[name]) for name in SIDES},
        speakers_apart=not isinstance(protocol, KnownSpeakers),
    )
    try:
        _check_sides(split, recordings, protocol)
    except ConfigError as error:
        possible = ""
        if isinstance(protocol, NovelSpeakers):
            possible = describe_possible(_strata(_speakers(recordings[kept])), protocol, seed)
        raise ConfigError(f"{error}{possible}") from None
    return split


def _train_on_everybody(recordings: pd.DataFrame, exclude: Sequence[str]) -> Split:
    train, nobody = np.flatnonzero(_kept(recordings, exclude)), np.array([], dtype=np.int64)
    if len(train) == 0:
        raise ConfigError("the subset leaves no recordings to train on")
    consequence = "nothing could be learnt. It takes speakers of both classes"
    _check_classes(recordings["label"].iloc[train], "training", consequence)
    return Split(train, nobody, nobody, speakers_apart=True)


def _count(recordings: pd.DataFrame) -> dict[str, dict[str, int]]:
    of_class = {name: recordings[recordings["label"] == it] for it, name in LABEL_NAMES.items()}
    return {
        name: {"speakers": int(its["speaker_id"].nunique()), "recordings": len(its)}
        for name, its in of_class.items()
    }


def _speakers(recordings: pd.DataFrame) -> pd.DataFrame:
    """List speakers with their label, gender and corpus.

    A speaker's gender may be missing in some of the recordings.
    """
    rows = recordings.reindex(columns=["speaker_id", "label", "gender", "corpus"]).drop_duplicates()
    known = rows.sort_values("gender", na_position="last", kind="stable")
    return known.drop_duplicates("speaker_id").set_index("speaker_id")


def _kept(recordings: pd.DataFrame, exclude: Sequence[str]) -> np.ndarray:
    if not exclude:
        return np.ones(len(recordings), dtype=bool)
    n_untyped = int(recordings["syllable_type"].isna().sum())
    if n_untyped:
        raise ConfigError(
            f"subset: {n_untyped} of {len(recordings)} recordings have no syllable_type, so "
            f"{' and '.join(exclude)} cannot be left out; use subset=all or add the column"
        )
    return ~recordings["syllable_type"].isin(exclude).to_numpy()


def _is_of_side(recordings: pd.DataFrame, protocol: AcrossCorpora, side: str) -> np.ndarray:
    """Say which recordings are of the corpora of a side, whoever speaks."""
    corpora = recordings["corpus"]
    of = [str(protocol.test_corpus)] if side == "test" else protocol.sources(corpora.unique())
    return corpora.isin(of).to_numpy()


def _check_sides(split: Split, recordings: pd.DataFrame, protocol: AnyProtocol) -> None:
    for name in SIDES:
        if len(split.side(name)) == 0:
            raise ConfigError(f"the {name} side has no recordings; change split_seed or the subset")
    across = isinstance(protocol, AcrossCorpora) and not protocol.is_within
    if across:
        other = change = "Change split_seed or protocol.validation_speakers"
    else:
        other = "Change split_seed or protocol.folds"
        change = (
            "Use protocol.stratify=true (with at least 2 validation speakers), or another "
            "split_seed or fewer folds"
            if split.speakers_apart
            else "Change split_seed"
        )
    learnt = f"nothing could be learnt. {other}"
    _check_classes(recordings["label"].iloc[split.train], "training", learnt)
    chosen = f"no epoch and no threshold could be chosen by them. {change}"
    _check_classes(recordings["label"].iloc[split.validation], "validation", chosen)


def _check_classes(labels: pd.Series, side: str, consequence: str) -> None:
    if labels.nunique() == 1:
        raise ConfigError(f"every {side} speaker is {LABEL_NAMES[labels.iloc[0]]}; {consequence}")
