"""What is imported for good is left alone by the garbage collector, and nothing else is."""

import gc
import sys
import weakref
from types import ModuleType

import pytest

from dysarthria_lightning.cli.imports import imported_for_good


class Node:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def collector_sees(thing: object) -> bool:
    return any(each is thing for each in gc.get_objects())


@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_there_as_the_block_ends_is_left_alone(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with imported_for_good("large"):
            assert not gc.isenabled()
            within = [object()]
        after = [object()]
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
    assert not collector_sees(within)
    assert collector_sees(after)


def test_what_comes_of_it_later_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As runs that one process trains one after the other."""
    with imported_for_good("large"):
        monkeypatch.setitem(sys.modules, "large", ModuleType("large"))
    left = weakref.ref(Node())
    with imported_for_good("large"):
        pass
    gc.collect()
    assert left() is None


def test_the_collector_works_on_after_an_import_that_fails() -> None:
    with pytest.raises(ImportError), imported_for_good("large"):
        raise ImportError
    assert gc.isenabled()
