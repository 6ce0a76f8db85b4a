"""The progress bar of one run."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from dysarthria_lightning.files.progress import progress_bar


class EpochProgressBar(Callback):
    """Shows epochs done, the validation error and the time left, in one line for the whole run."""

    def __init__(self) -> None:
        self.bar = progress_bar()

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show the bar."""
        self.task = self.bar.add_task("epochs", total=trainer.max_epochs)
        self.bar.start()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *args: Any, **kwargs: Any
    ) -> None:
        """Advance by a batch's part of an epoch."""
        batch_idx = args[2]
        done = trainer.current_epoch + (batch_idx + 1) / trainer.num_training_batches
        self.bar.update(self.task, completed=done)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Show the epoch's validation error."""
        error = float(trainer.callback_metrics["validation/error"])
        self.bar.update(self.task, description=f"epochs, validation error {100 * error:.1f} %")

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave the last line standing; early stopping ends it before the last epoch."""
        self.bar.stop()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Give the terminal back."""
        self.bar.stop()
