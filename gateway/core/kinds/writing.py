"""Forms that several kinds share: how a canonical value is written for a source."""

from __future__ import annotations


def plain(value: str, country: str) -> str:
    """As the gateway keeps it."""
    return value


def upper(value: str, country: str) -> str:
    return value.upper()


def lower(value: str, country: str) -> str:
    return value.lower()


def number(value: str, country: str) -> str | None:
    """For sources that declare a number: digits without leading zeros. None where the value has other characters."""
    if not (value.isascii() and value.isdigit()):
        return None
    return value.lstrip("0") or "0"
