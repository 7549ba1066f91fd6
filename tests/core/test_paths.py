"""Paths into a record: what they read, which names they mention, and what is said of a wrong one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Json
from gateway.core.paths import ANY_NAME, PathError, compile_path

RECORD: dict[str, Json] = {
    "nome": "Ana Souza",
    "E-mail": "ana@example.com",
    "@id": "7",
    "xsi:type": "Cliente",
    "Código do cliente": "C-7",
    "plano": {"nome": "Ouro", "#text": "x"},
    "fones": [{"tipo": "cel", "ddd": "11"}, {"tipo": "fixo"}, {"tipo": "cel", "ddd": "21"}],
    "enderecos": [{"linhas": [{"texto": "a"}, {"texto": "b"}]}, {"linhas": []}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("nome", "Ana Souza"),
        ("plano.nome", "Ouro"),
        ("plano.#text", "x"),
        ("E-mail", "ana@example.com"),
        ("@id", "7"),
        ("xsi:type", "Cliente"),
        ("Código do cliente", "C-7"),
        (" nome ", "Ana Souza"),
        ("nada", None),
        ("nome.nada", None),
        ("plano.nome.nada", None),
    ],
)
def test_a_plain_path_reads_a_name_as_it_is_written(path: str, value: object) -> None:
    compiled = compile_path(path)

    assert compiled.plain
    assert compiled.read(RECORD) == value


def test_a_plain_path_goes_through_lists_and_keeps_their_gaps() -> None:
    assert compile_path("fones.ddd").read(RECORD) == ["11", None, "21"]
    assert compile_path("enderecos.linhas.texto").read(RECORD) == [["a", "b"], []]
    assert compile_path("nome").read([{"nome": "Ana"}, "text", {}]) == ["Ana", None, None]


@pytest.mark.parametrize("record", [None, "text", 7, [], {}, {"a": None}])
def test_a_plain_path_reads_nothing_from_what_is_no_record(record: Json) -> None:
    assert compile_path("a.b").read(record) in (None, [])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fones[?tipo=='cel'].ddd", ["11", "21"]),
        ("fones[?tipo==`cel`].ddd", ["11", "21"]),
        ("fones[0].ddd", "11"),
        ("apelido || nome", "Ana Souza"),
        ('"E-mail"', "ana@example.com"),
        ("join('-', fones[].tipo)", "cel-fixo-cel"),
        ("@", RECORD),
    ],
)
def test_everything_else_is_jmespath(path: str, value: object) -> None:
    compiled = compile_path(path)

    assert not compiled.plain
    assert compiled.read(RECORD) == value


@pytest.mark.parametrize("path", ["abs(nome)", "contains(nome, `1`)", "ceil(n)", "join(',', n)", "sort_by(@, &n)"])
def test_what_cannot_be_evaluated_on_a_record_is_absent(path: str) -> None:
    assert compile_path(path).read({"nome": "Ana", "n": float("inf")}) is None


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("nome", {"nome"}),
        ("plano.nome", {"plano", "nome"}),
        ("fones[?tipo=='cel'].ddd", {"fones", "tipo", "ddd"}),
        ("apelido || dados.nome", {"apelido", "dados", "nome"}),
        ("{a: b, c: d.e}", {"b", "d", "e"}),
        ("plano.*", {"plano", ANY_NAME}),
        ("keys(plano)", {"plano", ANY_NAME}),
        ("a[1:2].b", {"a", "b"}),
    ],
)
def test_a_path_knows_the_names_it_mentions(path: str, names: set[str]) -> None:
    assert compile_path(path).names == names


def test_a_plain_path_knows_which_name_stands_at_the_top() -> None:
    assert compile_path("plano.nome").roots == {"plano"}


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("", "The path is empty. Write a name"),
        ("  ", "The path is empty. Write a name"),
        ("fones[", "ends too early"),
        ("a..b", "has '.' at character 3, where it does not fit"),
        ("a + b", "cannot be read from character 3 on"),
        ("$.cliente.nome", "This is JSONPath. Leave '$.' out"),
        ("/cliente/nome", "This is an address or XPath"),
        ("lenght(nome)", "There is no function 'lenght()' in JMESPath. Did you mean 'length'?"),
        ("length(a, b)", "The function 'length()' takes 1 argument(s), not 2"),
        ("not_null()", "The function 'not_null()' takes at least 1 argument(s), not 0"),
        ("a[::0]", "A slice with step 0 gives nothing"),
        ("(" * 498 + "a" + ")" * 498, "nests too deeply"),
        ("!" * 60 + "a", "nests too deeply"),
        ("a[" + "9" * 2000, "longer than 1000 characters"),
    ],
)
def test_a_wrong_path_says_where_and_what_to_write(path: str, sentence: str) -> None:
    with pytest.raises(PathError) as caught:
        compile_path(path)

    assert sentence in str(caught.value)


@given(st.text(alphabet="ab.é@-:#*|&!()[]{}'`\"0, ", max_size=30))
def test_any_text_is_a_path_or_a_path_error(text: str) -> None:
    with suppress(PathError):
        compile_path(text).read(RECORD)


@pytest.mark.parametrize(
    ("path", "lists"),
    [
        ("fones[?tipo=='cel'].ddd", {"fones"}),
        ("contato.fones[?tipo=='cel' && marcas[0]=='x'].ddd | [0]", {"fones", "marcas"}),
        ("enderecos[].linhas[].texto", {"enderecos", "linhas"}),
        ("a.b[*].c[?x=='1'].d", {"b", "c"}),
        ("emails[0]", {"emails"}),
        ("emails[:2]", {"emails"}),
        ("(fones || celulares)[0]", {"fones", "celulares"}),
        ("join(', ', contato.emails)", {"emails"}),
        ("sort_by(fones, &ddd)[0].ddd", {"fones"}),
        ("length(nome)", set()),
        ("contains(nome, 'x')", set()),
        ("plano.nome", set()),
        ("apelido || nome", set()),
        ("plano.*", set()),
    ],
)
def test_a_path_says_which_names_it_takes_for_lists(path: str, lists: set[str]) -> None:
    """An adapter for XML cannot tell a list of one from a single value by itself."""
    assert compile_path(path).lists == lists
