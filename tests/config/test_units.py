"""Durations and sizes as people write them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.config.units import DURATION, SIZE, Duration, Size, written


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("4s", 4.0), ("2m", 120.0), ("1.5s", 1.5), ("1ms", 0.001), ("10m", 600.0)]
)
def test_durations(text: str, seconds: float) -> None:
    assert TypeAdapter(Duration).validate_python(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["4", 4, "4 s", "4h", "-1s", "s", "", "4s\n", "٤s", "0s", "11m", "1e3s"])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize(("text", "size"), [("512B", 512), ("64KiB", 65536), ("10MiB", 10485760), ("1024MiB", 2**30)])
def test_sizes(text: str, size: int) -> None:
    assert TypeAdapter(Size).validate_python(text) == size
    assert TypeAdapter(Size).validate_python(written(SIZE, size)) == size


@pytest.mark.parametrize("text", ["64", 64, "64KB", "64kib", "1.5MiB", "0B", "1025MiB", ""])
def test_what_is_no_size(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Size).validate_python(text)


def test_values_are_written_as_they_are_read() -> None:
    assert [written(DURATION, seconds) for seconds in (4.0, 0.25, 90.0)] == ["4s", "250ms", "90s"]
    assert [written(SIZE, size) for size in (1000, 2048, 3 * 1024 * 1024)] == ["1000B", "2KiB", "3MiB"]
