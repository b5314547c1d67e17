"""Numbers for those who count in floating point, as JavaScript does."""

from typing import Any

MAX_SAFE = 2**53 - 1
"""Up to here every whole number is one of theirs."""


def spell_big_numbers(value: Any) -> Any:
    """Return JSON with the whole numbers beyond MAX_SAFE as texts (``safe_int=on``)."""
    if isinstance(value, dict):
        return {key: spell_big_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [spell_big_numbers(entry) for entry in value]
    return str(value) if isinstance(value, int) and abs(value) > MAX_SAFE else value
