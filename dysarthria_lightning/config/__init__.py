"""The typed schema under ``conf/``: each key's type, choices and range, checked before any work."""

from dysarthria_lightning.config.corpora import (
    ManifestData,
    Mayle2018Data,
    Minsk2020Data,
    SyntheticData,
)
from dysarthria_lightning.config.experiment import (
    LSTM,
    BiLSTM,
    Features,
    KnownSpeakers,
    NovelSpeakers,
    SyllableType,
)
from dysarthria_lightning.config.launchers import RaySettings, SlurmSettings, check_launcher
from dysarthria_lightning.config.reproduction import (
    REPRODUCTION_KEYS,
    Reproduction,
    check_reproduction,
)
from dysarthria_lightning.config.schema import Config, check_config

__all__ = [
    "LSTM",
    "REPRODUCTION_KEYS",
    "BiLSTM",
    "Config",
    "Features",
    "KnownSpeakers",
    "ManifestData",
    "Mayle2018Data",
    "Minsk2020Data",
    "NovelSpeakers",
    "RaySettings",
    "Reproduction",
    "SlurmSettings",
    "SyllableType",
    "SyntheticData",
    "check_config",
    "check_launcher",
    "check_reproduction",
]
