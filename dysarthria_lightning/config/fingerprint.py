"""What decides a run's result, and how two such descriptions differ."""

from typing import Any

from dysarthria_lightning.config.schema import Config
from dysarthria_lightning.version import __version__


def fingerprint(config: Config, store_key: str) -> dict[str, Any]:
    """Gather what decides a run's result: settings, the corpus's content, the code's version.

    Args:
        config: The run's.
        store_key: Identifies the corpus's content and its features.
    """
    return {
        "version": __version__,
        "corpus": {"name": config.data.corpus, "content": store_key},
        **config.settings(),
    }


def compare(there: dict[str, Any], now: dict[str, Any], when: str = "now") -> list[str]:
    """List the settings in which two fingerprints differ.

    Args:
        there: What was found.
        now: What it is compared with.
        when: What to call the latter.

    Example:
        >>> compare({"seed": 0, "model": {"layers": 1}}, {"seed": 0, "model": {"layers": 2}})
        ['model.layers: 1 there, 2 now']
    """
    flat_there, flat_now = flatten(there), flatten(now)
    return [
        f"{key}: {flat_there.get(key, 'absent')} there, {flat_now.get(key, 'absent')} {when}"
        for key in sorted(flat_there.keys() | flat_now.keys())
        if flat_there.get(key, ...) != flat_now.get(key, ...)
    ]


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested settings into one level with dotted keys.

    Example:
        >>> flatten({"model": {"layers": 1}, "seed": 0})
        {'model.layers': 1, 'seed': 0}
    """
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
