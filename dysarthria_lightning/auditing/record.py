"""The record of an audit on disk, by which reports know of it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dysarthria_lightning.auditing.audit import Audited
from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.config import Config
from dysarthria_lightning.files.atomic import write_json
from dysarthria_lightning.files.sealed_json import seal, unseal
from dysarthria_lightning.version import __version__


def record_path(config: Config) -> Path:
    """Return where the audit of a cross-validation lies.

    Args:
        config: The cross-validation; its fold and repeat do not count.
    """
    names = config.protocol.name, config.subset.name, config.features_name, config.model.name
    folder = Path(config.outputs_dir) / "audit" / config.tag / config.data.corpus
    return folder.joinpath(*names[:-1]) / f"{names[-1]}.json"


def write_audit(config: Config, store_key: str, audited: Audited, settings: dict[str, Any]) -> Path:
    """Keep an audit.

    Args:
        config: The cross-validation.
        store_key: Of the corpus's features, which stands for its content.
        audited: What was found.
        settings: How thoroughly.

    Returns:
        Its file.
    """
    path = record_path(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "version": __version__,
        "corpus": store_key,
        "settings": settings,
        **asdict(audited),
    }
    write_json(seal(content), path)
    return path


def read_audit(config: Config, store_key: str | None) -> Audited | None:
    """Read the audit of a cross-validation.

    Args:
        config: The cross-validation.
        store_key: Of the corpus as it is now; None does not compare.

    Returns:
        What was found; None where there is no audit, or one of another state of the corpus.
    """
    try:
        content = unseal(record_path(config).read_text(encoding="utf-8"))
        if store_key is not None and content["corpus"] != store_key:
            return None
        findings = [Finding(**it | {"light": Light(it["light"])}) for it in content["findings"]]
        return Audited(
            findings, content["model_auroc"], content["noticed"], content["smallest_auroc"]
        )
    except (OSError, ValueError, KeyError, TypeError, json.JSONDecodeError):
        return None
