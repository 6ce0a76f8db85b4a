"""What is imported for good is left alone by the garbage collector, and nothing else is."""

import gc

import pytest

from dysarthria_lightning.cli.imports import imported_for_good


def collector_sees(thing: object) -> bool:
    return any(each is thing for each in gc.get_objects())


@pytest.fixture(autouse=True)
def thaw() -> object:
    yield
    gc.unfreeze()


@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_there_as_the_block_ends_is_left_alone(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with imported_for_good():
            assert not gc.isenabled()
            within = [object()]
        after = [object()]
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
    assert not collector_sees(within)
    assert collector_sees(after)


def test_the_collector_works_on_after_an_import_that_fails() -> None:
    with pytest.raises(ImportError), imported_for_good():
        raise ImportError
    assert gc.isenabled()
