"""``logger=mlflow``: runs in an MLflow store, on disk or on a server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, Literal

from dysarthria_lightning.files.locks import wait_for_claim
from dysarthria_lightning.loggers.base import LoggerSection, RunToLog

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger


class MLflow(LoggerSection):
    """One MLflow run per run.

    Attributes:
        experiment: The MLflow experiment that all runs belong to.
        tracking_uri: Of the store; None takes the environment's, else a folder of the outputs.
    """

    name: Literal["mlflow"]
    experiment: str
    tracking_uri: str | None
    package: ClassVar[str | None] = "mlflow"

    def open(self, run: RunToLog) -> Logger:
        """Begin a run's log; see :meth:`LoggerSection.open`."""
        from mlflow.tracking import MlflowClient
        from pytorch_lightning.loggers import MLFlowLogger

        folder = run.logs(self.name)
        uri = self.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
        if not uri:
            # MLflow itself now prefers databases, which several processes cannot make at once.
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
            uri = folder.resolve().as_uri()
        # Runs of a sweep begin at the same time, and one experiment is to hold them all.
        with wait_for_claim(folder / "experiment.claim"):
            client = MlflowClient(uri)
            if client.get_experiment_by_name(self.experiment) is None:
                client.create_experiment(self.experiment)
        return MLFlowLogger(self.experiment, run_name=run.name, tracking_uri=uri)
