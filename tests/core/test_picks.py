"""One line of a mapping: paths, map, join, format and default, and which warnings they give."""

import pytest

from gateway.core.model import Json, RawRecord
from gateway.core.picks import Allowed, Pick, Picker, Problem, compile_pick, side_by_side

ALL = Allowed.DATE | Allowed.DEFAULT


def picker(*paths: str, **options: object) -> Picker:
    problems: list[Problem] = []
    compiled = compile_pick("attributes.x", Pick(paths, **options), ("attributes", "x"), ALL, problems)  # type: ignore[arg-type]
    assert not problems
    return compiled


def one(compiled: Picker, record: RawRecord) -> tuple[str | None, list[str]]:
    warnings: list[str] = []
    return compiled.one(record, warnings), warnings


def many(compiled: Picker, record: RawRecord) -> tuple[list[str], list[str]]:
    warnings: list[str] = []
    return compiled.many(record, warnings), warnings


class TestPaths:
    def test_the_first_path_that_gives_something_counts(self) -> None:
        assert one(picker("apelido", "nome"), {"apelido": "NULL", "nome": "Ana"}) == ("Ana", [])
        assert one(picker("apelido", "nome"), {"apelido": "Aninha", "nome": "Ana"}) == ("Aninha", [])

    def test_where_many_are_wanted_every_path_counts(self) -> None:
        assert many(picker("email", "email2"), {"email2": ["a", None, "b"], "email": "c"}) == (["c", "a", "b"], [])

    def test_several_different_values_where_one_is_due_are_a_warning(self) -> None:
        assert one(picker("nome"), {"nome": ["Ana", "", "Ana"]}) == ("Ana", [])
        text, warnings = one(picker("nome"), {"nome": ["Ana", "Bia"]})
        assert text == "Ana"
        assert warnings == ["attributes.x: several values came; the first is taken"]

    def test_a_structure_where_a_text_is_due_is_a_warning(self) -> None:
        text, warnings = one(picker("nome"), {"nome": {"valor": "Ana"}})
        assert text is None
        assert warnings == ["attributes.x: a structure came where a text was due; name one of its parts in the path"]


WORDS = {"A": "Ativo", "Não": "Inativo", "true": "sim", "0": ""}


class TestMap:
    @pytest.mark.parametrize(
        ("came", "shown"), [("a", "Ativo"), (" NAO ", "Inativo"), (True, "sim"), (0, None), (None, None), ("-", None)]
    )
    def test_words_compare_without_case_and_accents(self, came: Json, shown: str | None) -> None:
        assert one(picker("st", map=WORDS), {"st": came}) == (shown, [])

    def test_an_unknown_word_stays_as_it_came_with_a_warning(self) -> None:
        text, warnings = one(picker("st", map=WORDS), {"st": "Z"})
        assert text == "Z"
        assert warnings == ["attributes.x: a value is not among those of map; it stays as it came"]

    def test_an_unknown_word_gives_way_to_the_default(self) -> None:
        assert one(picker("st", map=WORDS, default="?"), {"st": "Z"}) == ("?", [])

    def test_a_word_of_nothing_can_be_given_a_meaning(self) -> None:
        assert one(picker("st", map={"N/A": "Sem plano"}), {"st": "n/a"}) == ("Sem plano", [])


class TestJoinAndFormat:
    def test_join_leaves_absent_ones_out(self) -> None:
        compiled = picker("a", "b", "c", join=", ")
        assert one(compiled, {"a": "1", "b": "NULL", "c": ["3", "4"]}) == ("1, 3, 4", [])
        assert one(compiled, {"b": ""}) == (None, [])

    def test_format_is_filled_only_where_every_path_gives_something(self) -> None:
        compiled = picker("ddd", "fone", format="({}) {}")
        assert one(compiled, {"ddd": 11, "fone": "98765-4321"}) == ("(11) 98765-4321", [])
        assert one(compiled, {"ddd": 11, "fone": "-"}) == (None, [])

    def test_format_reads_lists_side_by_side(self) -> None:
        compiled = picker("fones.ddd", "fones.n", format="{}{}")
        record = {"fones": [{"ddd": "11", "n": "1"}, {"n": "2"}, {"ddd": "13"}, {"ddd": "14", "n": "4"}]}
        assert many(compiled, record) == (["111", "144"], [])

    def test_one_area_code_counts_for_every_number(self) -> None:
        assert many(picker("ddd", "n", format="{}{}"), {"ddd": "11", "n": ["1", "2"]}) == (["111", "112"], [])

    @pytest.mark.parametrize(
        "record",
        [
            {"fones": {"ddd": ["11"], "n": ["1", "2"]}},
            {"fones": {"ddd": [["11"], ["12"]], "n": ["1", "2"]}},
        ],
    )
    def test_lists_that_do_not_fit_side_by_side_are_left_out(self, record: RawRecord) -> None:
        found, warnings = many(picker("fones.ddd", "fones.n", format="{}{}"), record)
        assert found == []
        assert warnings == ["attributes.x: the lists of format do not fit side by side; they are left out"]

    def test_a_projection_closes_its_gaps_so_it_is_never_paired(self) -> None:
        record: RawRecord = {"fones": [{"ddd": "11"}, {"n": "2"}, {"ddd": "13", "n": "3"}]}
        assert many(picker("fones[].ddd", "fones[].n", format="{}{}"), record)[0] == []

    def test_map_is_for_the_whole(self) -> None:
        assert one(picker("a", "b", format="{}/{}", map={"1/2": "ok"}), {"a": "1", "b": "2"}) == ("ok", [])


def test_the_default_stands_where_nothing_is_left() -> None:
    assert one(picker("a", default="x"), {"a": "NULL"}) == ("x", [])
    assert one(picker(default="x"), {}) == ("x", [])


def test_empty_lists_are_absent_columns() -> None:
    assert side_by_side([([], True), ("a", True)]) == [[None, "a"]]
    assert side_by_side([([], True), (["a", "b"], True)]) == [(None, "a"), (None, "b")]


@pytest.mark.parametrize(
    ("pick", "allowed", "place", "sentence"),
    [
        (Pick(()), ALL, ("path",), "A path is missing"),
        (Pick((), default="x"), Allowed.NEITHER, ("path",), "A path is missing"),
        (Pick(("a", "b[")), ALL, ("path", 1), "The path 'b[' ends too early"),
        (Pick(("a",), default="x"), Allowed.NEITHER, ("default",), "it would be everybody's"),
        (Pick(("a",), dates=("%d",)), Allowed.NEITHER, ("date",), "emails is no date"),
        (Pick(("a",), join=" ", format="{}"), ALL, ("join",), "Use 'join' or 'format', not both"),
        (Pick(("a", "b"), format="{}"), ALL, ("format",), "There are 1 '{}' for 2 path(s)"),
        (Pick(("a",), format="{a}"), ALL, ("format",), "Only '{}' stands for a value"),
        (Pick(("a",), map={"Não": "x", "NAO": "y"}), ALL, ("map", "NAO"), "'NAO' stands here twice"),
    ],
)
def test_a_wrong_pick_says_where_and_what(
    pick: Pick, allowed: Allowed, place: tuple[str | int, ...], sentence: str
) -> None:
    problems: list[Problem] = []
    compile_pick("emails", pick, ("emails",), allowed, problems)

    assert ("emails", *place) in [where for where, _ in problems]
    assert any(sentence in what for _, what in problems)


def test_base64_is_undone_before_values_are_put_together_and_the_rest_after() -> None:
    joined = picker("a", "b", join="", base64="utf-8", digits=4, map={"0012": "doze"})
    assert one(joined, {"a": "MQ==", "b": "Mg=="}) == (
        "doze",
        ["attributes.x: a number got back the leading zeros that its source had lost"],
    )
