"""Types of keys that may be left to the program: ``auto`` or a value."""

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

#: What such a key holds until it is known what it stands for.
AUTO = "auto"


def auto_or_at_least(least: int) -> BeforeValidator:
    """Make the check of a key that is ``auto`` or a whole number, with one message for both.

    Args:
        least: The smallest number allowed.
    """

    def check(value: object) -> object:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if value == AUTO or (is_number and value >= least):  # type: ignore[operator]
            return value
        raise PydanticCustomError(
            "auto_or_number",
            "Input should be 'auto' or a whole number of at least {least}",
            {"least": least},
        )

    return BeforeValidator(check)


def _check_bool(value: object) -> object:
    if value == AUTO or isinstance(value, bool):
        return value
    raise PydanticCustomError("auto_or_bool", "Input should be 'auto', true or false")


#: The check of a key that is ``auto``, true or false.
auto_or_bool = BeforeValidator(_check_bool)
