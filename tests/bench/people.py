"""Whom the benchmarks ask for: invented CPFs with valid check digits, as many as wanted."""

from __future__ import annotations


def cpfs(count: int) -> list[str]:
    """`count` different ones, as they are written by hand: `123.456.789-09`."""
    return [_written(123_456_789 + 7_919 * number) for number in range(count)]


def _written(base: int) -> str:
    digits = [int(digit) for digit in f"{base:09d}"]
    for _ in range(2):
        left = (
            sum(digit * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True)) * 10 % 11
        )
        digits.append(left % 10)
    text = "".join(map(str, digits))
    return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"
