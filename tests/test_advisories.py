"""No version that is installed or pinned has a known advisory, as far as the index serves any.

`pip-audit` is not used: where the index has no page for a version, it finds nothing and succeeds.
"""

import http.client
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import distributions
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from pins import read_pins
from pip._internal.models.index import PyPI  # pip tells its default nowhere else

Pages = Callable[[str], Any]

# Abandoned with holes in its last release: an index that knows of none here serves no advisories.
CANARY = ("pycrypto", "2.6.1")
# Advisory → why it does not reach this package.
ACCEPTED: dict[str, str] = {}


def find_pages() -> str:
    """Where the index that pip uses keeps its JSON: `…/pypi` beside `…/simple`, asked unnamed."""
    index = os.environ.get("PIP_INDEX_URL", "")
    if not index:
        asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
        index = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    parts = urlsplit(index or PyPI.simple_url)
    path = parts.path.rstrip("/").removesuffix("/simple")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}/pypi"


def read_page(base: str, path: str) -> Any:
    """One of the index's JSON pages; None if there is none or nobody answers."""
    try:
        with urllib.request.urlopen(f"{base}/{path}/json", timeout=20) as answer:
            return json.load(answer)
    except HTTPError as error:
        error.close()
        return None
    except (OSError, ValueError, http.client.HTTPException):
        return None


def find_advisories(name: str, version: str, pages: Pages) -> list[dict[str, Any]] | None:
    """The advisories that stand against a version; None if the index does not say.

    Some mirrors have a page for a project's newest release only.
    """
    for path in (f"{name}/{version}", name):
        page = pages(path)
        if not isinstance(page, dict) or "vulnerabilities" not in page:
            continue
        if Version(page["info"]["version"]) == Version(version):
            return [found for found in page["vulnerabilities"] if not found.get("withdrawn")]
    return None


def audit(versions: Iterable[tuple[str, str]], pages: Pages) -> None:
    """Fail for known advisories; skip, and say for which versions, if the index does not say."""
    if not find_advisories(*CANARY, pages):
        pytest.skip("the package index serves no advisories, or there is no network")
    versions = sorted(versions)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda pair: find_advisories(*pair, pages), versions))
    found = [
        f"{name} {version}: {', '.join([advisory['id'], *advisory.get('aliases', [])])}, "
        f"mended in {', '.join(advisory.get('fixed_in') or []) or 'no release'}"
        for (name, version), advisories in zip(versions, answers, strict=True)
        for advisory in advisories or []
        if ACCEPTED.keys().isdisjoint([advisory["id"], *advisory.get("aliases", [])])
    ]
    if found:
        pytest.fail("\n".join(["known advisories:", *found]), pytrace=False)
    unknown = [
        " ".join(pair) for pair, answer in zip(versions, answers, strict=True) if answer is None
    ]
    if unknown:
        pytest.skip(
            f"{len(versions) - len(unknown)} of {len(versions)} versions have no advisories; "
            f"of the others the index does not say: {', '.join(unknown)}"
        )


@pytest.mark.slow
def test_no_known_advisories():
    # pip comes with Python, and this package is on no index.
    others = {"pip", "dysarthria-lightning"}
    installed = ((found.name, found.version) for found in distributions())
    versions = {(canonicalize_name(name), version) for name, version in [*installed, *read_pins()]}
    audit((pair for pair in versions if pair[0] not in others), partial(read_page, find_pages()))


HOLE = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fixed_in": ["1.1"], "withdrawn": None}
WITHDRAWN = {"id": "PYSEC-2", "aliases": [], "fixed_in": [], "withdrawn": "2026-01-01T00:00:00Z"}


def page(version: str, *vulnerabilities: dict[str, Any]) -> dict[str, Any]:
    return {"info": {"version": version}, "vulnerabilities": list(vulnerabilities)}


INDEX = {
    "pycrypto/2.6.1": page("2.6.1", HOLE),
    "leaky/1.0": page("1.0", HOLE),
    "sound/1.0": page("1.0", WITHDRAWN),
    "newest": page("3.0.0", HOLE),
    "mute/1.0": {"info": {"version": "1.0"}},
}


def test_an_advisory_fails_the_audit_by_name_version_and_remedy():
    # A skip for the third would pass over the first.
    outcomes = (pytest.fail.Exception, pytest.skip.Exception)
    with pytest.raises(outcomes, match=r"leaky 1\.0: PYSEC-1, CVE-1, mended in 1\.1"):
        audit([("leaky", "1.0"), ("sound", "1.0"), ("unheard-of", "1.0")], INDEX.get)


def test_an_advisory_without_a_mended_release_fails_the_audit():
    index = {**INDEX, "leaky/1.0": page("1.0", {**HOLE, "fixed_in": []})}
    with pytest.raises(pytest.fail.Exception, match="mended in no release"):
        audit([("leaky", "1.0")], index.get)


def test_the_page_of_the_newest_release_counts_for_that_release_only():
    with pytest.raises(pytest.fail.Exception, match="newest 3"):
        audit([("newest", "3")], INDEX.get)
    assert find_advisories("newest", "2.0", INDEX.get) is None


def test_withdrawn_and_accepted_advisories_pass(monkeypatch):
    monkeypatch.setitem(ACCEPTED, "CVE-1", "the function is never called")
    audit([("leaky", "1.0"), ("sound", "1.0")], INDEX.get)


def test_an_index_that_does_not_say_skips_the_audit():
    with pytest.raises(pytest.skip.Exception, match=r"1 of 2 .* does not say: mute 1\.0"):
        audit([("mute", "1.0"), ("sound", "1.0")], INDEX.get)
    blank = {"pycrypto": page("2.6.1"), "leaky/1.0": page("1.0")}
    with pytest.raises(pytest.skip.Exception, match="serves no advisories"):
        audit([("leaky", "1.0")], blank.get)


def test_no_answer_and_no_json_are_no_page(tmp_path):
    (tmp_path / "json").write_text("<html>")
    assert read_page("http://127.0.0.1:9", "leaky") is None
    assert read_page("http://not a host", "leaky") is None
    assert read_page(tmp_path.parent.as_uri(), tmp_path.name) is None
    (tmp_path / "json").write_text('{"info": {}}')
    assert read_page(tmp_path.parent.as_uri(), tmp_path.name) == {"info": {}}


def test_pages_lie_beside_the_index_that_pip_uses(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@mirror.example:8443/mirror/simple/")
    assert find_pages() == "https://mirror.example:8443/mirror/pypi"
