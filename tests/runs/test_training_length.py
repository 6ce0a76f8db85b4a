"""What is said of how long a model was trained."""

from typing import Any

import pytest

from dysarthria_lightning.runs.training_length import describe_training, training_warning

SPEAKERS = {"train": (24, 30), "validation": (3, 5), "test": (2, 4)}


def record(
    epoch: int, steps: int | None, architecture: str = "lstm", **changes: Any
) -> dict[str, Any]:
    """A network's record; classes of a side as training counts them."""
    monitor = changes.get("monitor", "loss")
    trainer = {} if monitor == "error" else {"monitor": monitor, "min_steps": 300}
    classes = {
        side: {
            "dysarthric": {"speakers": dysarthric, "recordings": 9},
            "healthy": {"speakers": healthy, "recordings": 9},
        }
        for side, (dysarthric, healthy) in SPEAKERS.items()
    }
    return {
        "fingerprint": {"model": {"architecture": architecture}, "trainer": trainer},
        "epochs": 9,
        "wall_time_s": 41.2,
        "epoch_tested": epoch,
        "steps": steps,
        "train_error": 0.12,
        "validation_error": 0.25,
        "monitor": monitor,
        "monitor_value": 0.4123,
        "classes": classes,
        **changes,
    }


FITTED = record(1, None, "functionals", monitor=None, monitor_value=None)
OLDER = {
    key: value
    for key, value in record(2, 24, monitor="error").items()
    if key in ("fingerprint", "epochs", "wall_time_s", "epoch_tested", "validation_error")
}
SIDES = "24 dysarthric and 30 healthy speakers, validated on 3 and 5, tested on 2 and 4"
LEARNT = f"training error 12.0 %; trained on {SIDES}"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            record(4, 1292),
            "9 epochs in 41 s; tested after epoch 4 (1,292 steps) with the lowest validation loss "
            f"0.412 of the epochs after 300 steps; {LEARNT}",
        ),
        (
            record(31, 155, min_steps=150),
            "9 epochs in 41 s; tested after epoch 31 (155 steps) with the lowest validation loss "
            f"0.412 of the epochs after 150 steps; {LEARNT}",
        ),
        (
            record(1, 73, monitor="error", epochs=1, min_steps=0),
            "1 epoch in 41 s; tested after epoch 1 (73 steps) with the lowest validation error "
            f"41.2 %; {LEARNT}",
        ),
        (
            record(4, 292, monitor="auroc"),
            "9 epochs in 41 s; tested after epoch 4 (292 steps), the last, because "
            f"trainer.min_steps = 300 were not reached; validation AUROC 41.2 %; {LEARNT}",
        ),
        (
            record(5, 365, monitor="auroc"),
            "9 epochs in 41 s; tested after epoch 5 (365 steps) with the highest validation AUROC "
            f"41.2 % of the epochs after 300 steps; {LEARNT}",
        ),
        (
            FITTED,
            f"fitted in 41 s; validation error 25.0 %; training error 12.0 %; fitted to {SIDES}",
        ),
        (OLDER, "9 epochs in 41 s; tested after epoch 2 with the lowest validation error 25.0 %"),
        (
            {key: value for key, value in OLDER.items() if key != "epoch_tested"}
            | {"best_epoch": 0},
            "9 epochs in 41 s; tested after epoch 1 with the lowest validation error 25.0 %",
        ),
    ],
)
def test_it_is_said_in_words(told: dict[str, Any], expected: str) -> None:
    assert describe_training(told) == expected


@pytest.mark.parametrize(
    ("folds", "said"),
    [
        # (epoch, steps) of each fold
        ([(1, 12), (1, 12), (9, 108)], "the median of 3 folds was tested after 1 epoch (12 opt"),
        ([(1, 400), (2, 800), (9, 3600)], "after 2 epochs (800 optimisation steps)"),
        ([(9, 36), (9, 36), (40, 160)], "after 9 epochs (36 optimisation steps)"),
        ([(1, 12), (2, 24)], "after 1.5 epochs (18 optimisation steps)"),
        ([(1, 12)], "the network was tested after 1 epoch (12 optimisation steps)"),
        ([(3, 99)], "after 3 epochs (99 optimisation steps)"),
        ([(3, 100)], None),
        ([(1, 12), (3, 36 * 9), (9, 900)], None),
        # A large corpus: an epoch is thousands of steps.
        ([(1, 5000), (2, 10000)], None),
        ([], None),
    ],
)
def test_networks_that_were_hardly_trained_are_warned_of(
    folds: list[tuple[int, int]], said: str | None
) -> None:
    warning = training_warning([record(*fold, monitor="error") for fold in folds])
    if said is None:
        assert warning is None
    else:
        assert warning is not None
        assert warning.startswith("Hardly trained: ")
        assert said in warning
        assert "trainer.min_steps" in warning


def test_of_older_runs_the_epoch_alone_is_known() -> None:
    warning = training_warning([OLDER, OLDER])
    assert warning is not None
    assert "the median of 2 folds was tested after 2 epochs, so" in warning
    assert training_warning([OLDER | {"epoch_tested": 3}]) is None


def test_it_is_said_where_more_epochs_would_help() -> None:
    for epoch, steps in ((9, 36), (40, 200)):
        warning = training_warning([record(epoch, steps)] * 2 + [record(80, 400)])
        assert warning is not None
        assert f"the median of 3 folds was tested after {epoch} epochs ({steps} opt" in warning
        assert warning.endswith("raise trainer.max_epochs.")
    assert training_warning([record(40, 200)] + [record(80, 400)] * 2) is None
    assert training_warning([record(40, 200, min_steps=150)] * 2) is None
    # To wait for longer is asked for already.
    few = training_warning([record(9, 36, min_steps=27)])
    assert few is not None
    assert few.endswith("raise trainer.max_epochs.")
    few = training_warning([record(9, 36, monitor="error", min_steps=0)])
    assert few is not None
    assert "max_epochs" not in few


def test_what_is_fitted_is_never_warned_of() -> None:
    assert training_warning([FITTED] * 10) is None
    older = {key: value for key, value in FITTED.items() if key != "steps"}
    assert training_warning([older] * 10) is None
