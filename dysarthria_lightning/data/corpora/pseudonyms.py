"""Pseudonyms of speakers, where a corpus's folders hold people's names."""

import hashlib
from pathlib import Path

from dysarthria_lightning.data.manifest_schema import DYSARTHRIC
from dysarthria_lightning.errors import CorpusError


def read_key(file: str | None) -> bytes:
    """Read the secret that keeps pseudonyms from being undone by whoever has a list of names.

    Args:
        file: Of ``data.pseudonym_key_file``; None: there is none.

    Raises:
        CorpusError: The file cannot be read, or is empty.
    """
    if file is None:
        return b""
    try:
        secret = Path(file).read_bytes().strip()
    except OSError as error:
        raise CorpusError(f"data.pseudonym_key_file = {file}: {error.strerror}") from None
    if not secret:
        raise CorpusError(f"data.pseudonym_key_file = {file}: the file is empty")
    return hashlib.blake2b(secret).digest()


def pseudonym(name: str, gender: str | None, label: int, key: bytes) -> str:
    """Make a pseudonym: the same name, gender, label and key give the same one.

    Args:
        name: The person's.
        gender: female, male or None.
        label: 0 healthy, 1 dysarthric.
        key: From :func:`read_key`.
    """
    digest = hashlib.blake2b(f"{gender}/{label}/{name}".encode(), key=key, digest_size=4)
    sex = gender[0].upper() if gender else "X"
    return f"{sex}{'D' if label == DYSARTHRIC else 'H'}{digest.hexdigest()}"
