"""What audits say of a model that is opened from its runs."""

from typing import TYPE_CHECKING

from dysarthria_lightning.auditing.record import read_audit
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.reporting.audits import NOT_AUDITED, describe_audit
from dysarthria_lightning.runs.repeats import finished_repeats

if TYPE_CHECKING:
    from dysarthria_lightning.scoring.opening import OpenedModel


def describe_model_audit(model: "OpenedModel") -> str:
    """Say what an audit of a model's cross-validation has found; nothing where there is none.

    Args:
        model: The model.
    """
    configs = {
        (run.config.split_seed, run.config.seed): run.config.model_copy(
            update={"outputs_dir": str(run.outputs_dir)}
        )
        for run in model.testers
    }
    if not configs:  # those that answer for a model of all speakers are gone
        return NOT_AUDITED
    try:
        repeats, _ = finished_repeats([*configs.values()])
        tests = [repeat.test_predictions() for repeat in repeats]
    except RunError:
        return f"{NOT_AUDITED} Not all folds of its cross-validation are there to be audited."
    audited = read_audit(repeats[0].config, model.store_key, tests)
    return "" if audited is None else describe_audit(audited)
