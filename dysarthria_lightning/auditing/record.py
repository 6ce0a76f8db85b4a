"""The record of an audit on disk, by which reports know of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from dysarthria_lightning.auditing.audit import Audited
from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.config import Config
from dysarthria_lightning.files.atomic import write_json
from dysarthria_lightning.files.sealed_json import seal, unseal
from dysarthria_lightning.runs import layout
from dysarthria_lightning.version import __version__


def record_path(config: Config) -> Path:
    """Return where the audit of a cross-validation lies.

    Args:
        config: The cross-validation; its fold and repeat do not count.
    """
    names = config.protocol.short_name, config.subset.name, config.features_name
    folder = Path(config.outputs_dir) / "audit" / config.tag / layout.corpus_folder(config)
    return folder.joinpath(*names) / f"{config.model.name}.json"


def digest_tests(tests: Sequence[pd.DataFrame]) -> list[str]:
    """Return what tells a cross-validation's predictions from others', one for each repeat.

    Args:
        tests: Of each repeat the test predictions of all folds.
    """
    return [
        hashlib.blake2b(
            test.sort_values("recording_id")[["recording_id", "fold", "label", "logit"]]
            .to_csv(index=False)
            .encode(),
            digest_size=8,
        ).hexdigest()
        for test in tests
    ]


def write_audit(
    config: Config,
    store_key: str,
    tests: Sequence[pd.DataFrame],
    audited: Audited,
    settings: dict[str, Any],
) -> Path:
    """Keep an audit.

    Args:
        config: The cross-validation.
        store_key: Of the corpus's features, which stands for its content.
        tests: Of each repeat that was audited the test predictions of all folds.
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
        "predictions": digest_tests(tests),
        "settings": settings,
        **asdict(audited),
    }
    write_json(seal(content), path)
    return path


def read_audit(config: Config, store_key: str, tests: Sequence[pd.DataFrame]) -> Audited | None:
    """Read the audit of a cross-validation.

    Args:
        config: The cross-validation.
        store_key: Of the corpus that its runs were trained on.
        tests: Of each repeat that is judged the test predictions of all folds.

    Returns:
        What was found; None where there is no audit, or one of another state of the corpus or of
        other predictions than these.
    """
    try:
        content = unseal(record_path(config).read_text(encoding="utf-8"))
        if content["corpus"] != store_key or not tests:
            return None
        if not set(digest_tests(tests)) <= set(content["predictions"]):
            return None
        findings = [Finding(**it | {"light": Light(it["light"])}) for it in content["findings"]]
        return Audited(
            findings, content["model_auroc"], content["noticed"], content["smallest_auroc"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
