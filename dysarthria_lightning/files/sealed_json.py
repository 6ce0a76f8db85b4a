"""Descriptions in JSON that tell whether they still are what was written."""

import hashlib
import json
from typing import Any

_DIGEST = "digest"


def seal(content: dict[str, Any]) -> dict[str, Any]:
    """Add a digest of a description's own content."""
    return content | {_DIGEST: _digest(content)}


def unseal(text: str) -> dict[str, Any]:
    """Read a sealed description's content.

    Raises:
        ValueError: It is not what was written.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.pop(_DIGEST, None) != _digest(content):
        raise ValueError("it is not what was written")
    return content


def _digest(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
