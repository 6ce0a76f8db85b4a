"""The typed schema under ``conf/``: each key's type, choices and range, checked before any work."""

from dysarthria_lightning.config.auditing import AuditSettings, check_audit
from dysarthria_lightning.config.launchers import RaySettings, SlurmSettings, check_launcher
from dysarthria_lightning.config.predicting import (
    Bundling,
    Predicting,
    check_bundling,
    check_predicting,
)
from dysarthria_lightning.config.reproduction import (
    REPRODUCTION_KEYS,
    PageSettings,
    Reproduction,
    check_report,
    check_reproduction,
)
from dysarthria_lightning.config.schema import Config, check_config, read_config

__all__ = [
    "REPRODUCTION_KEYS",
    "AuditSettings",
    "Bundling",
    "Config",
    "PageSettings",
    "Predicting",
    "RaySettings",
    "Reproduction",
    "SlurmSettings",
    "check_audit",
    "check_bundling",
    "check_config",
    "check_launcher",
    "check_predicting",
    "check_report",
    "check_reproduction",
    "read_config",
]
