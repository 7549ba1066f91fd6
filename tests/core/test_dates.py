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
        (None, "1980-04-12"),
        (None, "19800412"),
        (None, "1980-04-12T23:30:00-03:00"),
        (None, "1980-04-12 00:00:00"),
        (None, "1980-04-12Z"),
    ],
)
def test_a_date_is_read_as_its_source_writes_it(form: str | None, text: str) -> None:
    assert compile_date(form)(text) == BORN


@pytest.mark.parametrize("text", ["0000-00-00", "0001-01-01T00:00:00", "1753-01-01", "1899-12-30", "1900-01-01"])
def test_the_day_zero_of_a_database_is_no_date(text: str) -> None:
    assert compile_date(None)(text) is None


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
