"""Dates as sources write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.dates import DateFormatError, compile_date

BORN = date(1980, 4, 12)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d/%m/%Y", "12/04/1980"),
        ("%d/%m/%Y", "12/4/1980"),
        ("%Y%m%d", "19800412"),
        ("%d-%b-%Y", "12-APR-1980"),
        ("%d/%m/%Y %H:%M:%S", "12/04/1980 00:00:00"),
        ("%d.%m.%Y", "12.04.1980"),
        ("iso", "1980-04-12"),
        ("iso", "19800412"),
        ("iso", "1980-04-12T23:30:00-03:00"),
        ("iso", "1980-04-12 00:00:00"),
        ("iso", "1980-04-12Z"),
        ("epoch", "324345600"),
        ("epoch", "324345600.5"),
        ("epoch_ms", "324345600000"),
        ("epoch_ms", "324356400000"),  # midnight in São Paulo
        ("epoch_ms", "324334800000"),  # midnight in Istanbul
        ("epoch_ms", "324431999000"),  # one second before the day ends in UTC
        ("dotnet", "/Date(324356400000)/"),
        ("dotnet", "/Date(324356400000-0300)/"),
        ("dotnet", "\\/Date(324345600000)\\/"),
    ],
)
def test_a_date_is_read_as_its_source_writes_it(form: str, text: str) -> None:
    assert compile_date(form)(text) == BORN


def test_of_several_forms_the_first_that_fits_counts() -> None:
    read = compile_date("%d/%m/%Y", "iso", "dotnet", "%d.%m.%Y %H:%M")

    texts = ("12/04/1980", "1980-04-12", "/Date(324345600000)/", "12.04.1980 10:00")
    assert [read(text) for text in texts] == [BORN] * 4
    assert read("12.04.80") is None


def test_moments_before_1970_are_negative_and_zero_is_none() -> None:
    assert compile_date("epoch")("-324345600") == date(1959, 9, 22)
    assert compile_date("dotnet")("/Date(-324345600000)/") == date(1959, 9, 22)
    assert [compile_date(form)(text) for form, text in (("epoch", "0"), ("dotnet", "/Date(0)/"))] == [None, None]
    assert compile_date("epoch")("324345600000000") is None


@pytest.mark.parametrize(
    ("forms", "index", "sentence"),
    [
        (("%d/%m/%Y", "%m/%d/%Y"), 1, "'%d/%m/%Y' reads the same texts as other days. Keep the one"),
        (("iso", "%d/%m/%Y", "%Y%d%m"), 2, "'iso' reads the same texts as other days. Keep the one"),
        (("epoch", "epoch_ms"), 1, "Seconds and milliseconds cannot be told apart. Keep one of them."),
        (("%d/%m/%Y", "%d/%m/%y"), 1, "Two-digit years (%y) do not say the century."),
        (("epochms",), 0, "Did you mean 'epoch_ms'? Words: iso, epoch, epoch_ms, dotnet."),
    ],
)
def test_forms_that_cannot_be_told_apart_are_refused(forms: tuple[str, ...], index: int, sentence: str) -> None:
    with pytest.raises(DateFormatError) as caught:
        compile_date(*forms)

    assert sentence in str(caught.value)
    assert caught.value.index == index


@pytest.mark.parametrize("text", ["0000-00-00", "0001-01-01T00:00:00", "1753-01-01", "1899-12-30", "1900-01-01"])
def test_the_day_zero_of_a_database_is_no_date(text: str) -> None:
    assert compile_date()(text) is None


@pytest.mark.parametrize("text", ["31/02/1980", "1980-04-12", "12/04/80", "12/04/1980 x", "٣١/12/1980"])
def test_what_does_not_fit_the_format_is_no_date(text: str) -> None:
    assert compile_date("%d/%m/%Y")(text) is None
    assert compile_date("%d/%m/%Y %H")(text) is None


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ("%d/%m/%y", "Two-digit years (%y) do not say the century"),
        ("%d/%m", "does not give day, month and year"),
        ("dd/mm/yyyy", "does not give day, month and year"),
        ("%d/%m/%Y %Q", "does not give day, month and year"),
        ("", "does not give day, month and year"),
    ],
)
def test_a_format_without_a_whole_date_is_refused(form: str, sentence: str) -> None:
    with pytest.raises(DateFormatError) as caught:
        compile_date(form)

    assert sentence in str(caught.value)


@given(st.dates(min_value=date(1900, 1, 2)), st.sampled_from(["%d/%m/%Y", "%Y%m%d", "%m.%d.%Y", "%d %B %Y"]))
def test_every_date_comes_back_from_the_format_it_was_written_in(day: date, form: str) -> None:
    assert compile_date(form)(day.strftime(form)) == day
