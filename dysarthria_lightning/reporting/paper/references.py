"""Which models are simple references: by what they are, whatever they are called."""

from dysarthria_lightning.evaluation.study import Study
from dysarthria_lightning.reporting.paper import values as paper


def reference_of(study: Study, model: str) -> str | None:
    """Return which reference a model is; None of any other.

    Args:
        study: Knows what its models are.
        model: Its name, which a user's own settings may have given it.

    Returns:
        One of :data:`paper.values.REFERENCES`.
    """
    architecture = study.architectures.get(model, model)
    return architecture if architecture in paper.REFERENCES else None
