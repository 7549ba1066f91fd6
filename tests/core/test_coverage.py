"""Names that no line of the mapping reads, and lines that find nothing."""

from gateway.core.coverage import MOST_NAMES, silent, unread
from gateway.core.mapping import Mapping, MappingSpec, compile_mapping
from gateway.core.model import RawRecord
from gateway.core.picks import Pick
from gateway.core.tenant import UniqueKeySpec


def mapping(**attributes: str) -> Mapping:
    spec = MappingSpec(Pick(("chave",)), attributes={name: Pick((path,)) for name, path in attributes.items()})
    return compile_mapping(spec, unique_key=UniqueKeySpec("chave", "code", "person"), country="BR", display_all=False)


def test_a_name_is_unread_where_no_path_leads_to_it_or_through_it() -> None:
    record: RawRecord = {
        "chave": "1", "fones": [{"ddd": 11, "n": "2"}, {"ramal": 3}], "end": {"rua": "A", "uf": "SP"}, "vazio": ""
    }  # fmt: skip
    assert unread(mapping(n="fones.n", end="end"), [record]) == ("fones.ddd", "fones.ramal")
    assert unread(mapping(n="fones[?ddd=='11'].n | [0]"), [record]) == ("fones.ramal", "end.rua", "end.uf")
    assert unread(mapping(todos="end.*"), [record]) == ()


def test_names_of_several_records_are_told_once_and_so_many() -> None:
    records: list[RawRecord] = [{"chave": "1", **{f"c{number}": "x" for number in range(50)}}] * 2
    assert len(unread(mapping(), records)) == MOST_NAMES


def test_a_line_is_silent_if_it_finds_nothing_in_any_record() -> None:
    lines = mapping(plano="plano", vip="vip")
    assert [line.target for line in silent(lines, [{"chave": "1", "plano": "Ouro"}, {"chave": "2"}])] == [
        "attributes.vip"
    ]


def test_the_nearest_name_is_found_without_case_accents_and_separators() -> None:
    def nearest(path: str, *names: str) -> str | None:
        return next(line for line in silent(mapping(x=path), [{"chave": "1"}], names)).nearest

    assert nearest("data_nascimento", "obs", "DataNascimento") == "DataNascimento"
    assert nearest("telefone", "dados.telefone2") == "dados.telefone2"
    assert nearest("dados.nome", "cliente.nome") == "cliente.nome"
    assert nearest("plano", "cidade", "uf") is None
