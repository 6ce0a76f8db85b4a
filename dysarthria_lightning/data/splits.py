"""Who is trained on, who validates, who is tested (paper, sections IV and V)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.data.manifest_schema import LABEL_NAMES
from dysarthria_lightning.data.protocols import KnownSpeakers, NovelSpeakers
from dysarthria_lightning.errors import ConfigError

SIDES = ("train", "validation", "test")


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


def split_speakers(
    speakers: list[str], folds: int, n_validation: int, fold: int, seed: int
) -> dict[str, list[str]]:
    """Draw validation speakers at random and partition the others into folds (paper, section V).

    Not stratified, as in the paper. Fold sizes differ by one at the most; with as many folds as
    speakers remain, this is leave-one-speaker-out.

    Args:
        speakers: All speakers of the corpus, in any order.
        folds: How many folds; each is the test set once.
        n_validation: How many speakers validate in every fold.
        fold: The fold to test, from 0.
        seed: Draws the partition; all folds of one seed share it.

    Returns:
        Speakers by side.

    Raises:
        ConfigError: There are too few speakers.
    """
    n_remaining = len(speakers) - n_validation
    if n_remaining < folds:
        raise ConfigError(
            f"protocol.folds = {folds}: the corpus has {len(speakers)} speakers; "
            f"{n_validation} for validation leave {max(n_remaining, 0)}, so at most "
            f"{max(n_remaining, 0)} folds (leave-one-speaker-out) are possible; change "
            "protocol.folds or protocol.validation_speakers"
        )
    order = np.random.default_rng(seed).permutation(sorted(speakers))
    validation, remaining = order[:n_validation], order[n_validation:]
    parts = np.array_split(remaining, folds)
    train = np.concatenate([part for number, part in enumerate(parts) if number != fold])
    return {
        "train": [str(speaker) for speaker in train],
        "validation": [str(speaker) for speaker in validation],
        "test": [str(speaker) for speaker in parts[fold]],
    }


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
    protocol: NovelSpeakers | KnownSpeakers,
    exclude: Sequence[str],
    fold: int,
    seed: int,
) -> Split:
    """Split a corpus's instances.

    Speakers and recordings are drawn before syllable types are left out, so that all subsets
    share their folds. Segments of one recording stay together.

    Args:
        recordings: The store's recordings.
        protocol: The ``protocol`` section of the configuration.
        exclude: Syllable types to leave out.
        fold: The fold to test.
        seed: Draws the split.

    Returns:
        The split.

    Raises:
        ConfigError: There are too few speakers or recordings, a side is empty or the training
            side has one class only, or the corpus does not say the syllables' types.
    """
    if isinstance(protocol, NovelSpeakers):
        numbers, speakers = pd.factorize(recordings["speaker_id"], sort=True)
        drawn = split_speakers(
            list(speakers), protocol.folds, protocol.validation_speakers, fold, seed
        )
        sides = {name: speakers.get_indexer(members) for name, members in drawn.items()}
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
    split = Split(
        **{name: np.flatnonzero(np.isin(numbers, sides[name]) & kept) for name in SIDES},
        speakers_apart=isinstance(protocol, NovelSpeakers),
    )
    _check_sides(split, recordings)
    return split


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


def _check_sides(split: Split, recordings: pd.DataFrame) -> None:
    for name in SIDES:
        if len(split.side(name)) == 0:
            raise ConfigError(f"the {name} side has no recordings; change split_seed or the subset")
    labels = recordings["label"].iloc[split.train].unique()
    if len(labels) == 1:
        raise ConfigError(
            f"every training speaker is {LABEL_NAMES[labels[0]]}; nothing could be learnt. "
            "Change split_seed or protocol.folds"
        )
