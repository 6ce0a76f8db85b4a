"""The paper's networks (section II). They know tensors only."""

from dysarthria_lightning.models.baseline import FeedForwardClassifier
from dysarthria_lightning.models.lstm import BiLSTMClassifier, LSTMClassifier

__all__ = ["BiLSTMClassifier", "FeedForwardClassifier", "LSTMClassifier"]
