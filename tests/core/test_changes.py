"""What is done with a single text: base64, lost zeros, words for yes and no."""

import pytest

from gateway.core import flat_address
from gateway.core.changes import Change, Charset, decoding, in_turn, padding, wording
from gateway.core.kinds import kind_named
from gateway.core.mapping import ADDRESS_PARTS, MappingSpec, compile_mapping
from gateway.core.picks import Pick
from gateway.core.tenant import UniqueKeySpec


def changed(change: Change | None, raw: str) -> tuple[str | None, list[str]]:
    assert change is not None
    warnings: list[str] = []
    return change(raw, warnings), warnings


class TestBase64:
    @pytest.mark.parametrize(
        ("charset", "raw"),
        [
            ("utf-8", "Sm/Do28="),
            ("utf-8", "Sm_Do28"),
            ("utf-8", "Sm/D\n  o28="),
            ("iso-8859-1", "Sm/jbw=="),
            ("utf-16", "//5KAG8A4wBvAA=="),
        ],
    )
    def test_a_text_is_decoded_with_its_charset(self, charset: Charset, raw: str) -> None:
        assert changed(decoding("name", charset), raw) == ("João", [])

    @pytest.mark.parametrize("raw", ["João", "Sm/jbw==", "A", "Sm/Do28=x="])
    def test_what_is_none_is_left_out_with_a_warning_that_does_not_show_it(self, raw: str) -> None:
        warning = "name: a value is not base64 of utf-8 text and was left out"
        assert changed(decoding("name", "utf-8"), raw) == (None, [warning])

    @pytest.mark.parametrize("raw", ["", "  ", "TlVMTA=="])
    def test_nothing_in_base64_is_absent(self, raw: str) -> None:
        assert changed(decoding("name", "utf-8"), raw) == (None, [])


class TestZeros:
    def test_a_number_gets_its_zeros_back_and_that_is_said(self) -> None:
        warning = "cep: a number got back the leading zeros that its source had lost"
        assert changed(padding("cep", 8), "1310100") == ("01310100", [warning])

    @pytest.mark.parametrize("text", ["01310100", "01310-100", "123456789", "1A", "١٢"])
    def test_what_lost_none_stays_as_it_is(self, text: str) -> None:
        assert changed(padding("cep", 8), text) == (text, [])

    @pytest.mark.parametrize("text", ["0", "", "NULL", "000"])
    def test_nothing_but_zeros_is_nothing(self, text: str) -> None:
        assert changed(padding("cep", 8), text) == (None, [])

    @pytest.mark.parametrize(
        ("kind", "number", "whole"), [("cpf", 1234567890, "01234567890"), ("cnpj", 1234567000195, "01234567000195")]
    )
    def test_a_document_gets_them_back_by_its_check_digits_and_never_silently(
        self, kind: str, number: int, whole: str
    ) -> None:
        assert kind_named(kind).canonical(whole, "BR") == whole
        spec = MappingSpec(Pick(("n",)), documents={kind: Pick(("n",))})
        compiled = compile_mapping(
            spec, unique_key=UniqueKeySpec(kind, kind, "person"), country="BR", display_all=False
        )
        mapped = compiled.map({"n": number}, "erp")

        assert mapped.customer.unique_key.value == whole
        assert [document.value for document in mapped.customer.documents] == [whole]
        lost = "a number got back the leading zeros that its source had lost"
        assert mapped.warnings == (f"unique_key: {lost}", f"documents.{kind}: {lost}")


class TestBoolean:
    @pytest.mark.parametrize("word", ["S", "sim", "SIM", "true", "1", "Yes", "evet", "Sí", "verdadeiro", "doğru"])
    def test_every_words_yes_is_true(self, word: str) -> None:
        assert changed(wording("vip", "boolean", gives_way=False), word) == ("true", [])

    @pytest.mark.parametrize("word", ["N", "não", "NAO", "false", "0", "no", "hayır", "falso", "yanlış"])
    def test_every_words_no_is_false(self, word: str) -> None:
        assert changed(wording("vip", "boolean", gives_way=False), word) == ("false", [])

    def test_what_is_neither_is_left_out(self) -> None:
        warning = "vip: a value is neither yes nor no and was left out"
        assert changed(wording("vip", "boolean", gives_way=False), "talvez") == (None, [warning])
        assert changed(wording("vip", "boolean", gives_way=True), "talvez") == (None, [])
        assert changed(wording("vip", "boolean", gives_way=False), "NULL") == (None, [])


def test_changes_happen_in_turn_and_no_change_is_none() -> None:
    both = in_turn([decoding("vip", "utf-8"), wording("vip", "boolean", gives_way=False)])

    assert changed(both, "U2lt") == ("true", [])
    assert changed(both, "") == (None, [])
    assert in_turn([]) is None


class TestFlatAddress:
    @pytest.mark.parametrize(
        ("prefix", "first"),
        [
            ("endereco", "enderecoCep"),
            ("endereco_", "endereco_cep"),
            ("endereco.", "endereco.cep"),
            ("cliente.endereco", "cliente.enderecoCep"),
            ("END_", "END_CEP"),
            ("END", "ENDCEP"),
        ],
    )
    def test_what_follows_is_written_as_the_prefix_is(self, prefix: str, first: str) -> None:
        assert flat_address.paths(prefix, "postal_code")[0] == first

    def test_words_are_joined_as_the_prefix_says(self) -> None:
        assert "addressPostalCode" in flat_address.paths("address", "postal_code")
        assert "address_postal_code" in flat_address.paths("address_", "postal_code")

    @pytest.mark.parametrize("prefix", ["", "a b", "end[0]", "end..x", "'"])
    def test_what_begins_no_name_is_refused(self, prefix: str) -> None:
        with pytest.raises(ValueError, match="Write how the names of the fields begin"):
            flat_address.paths(prefix, "street")

    def test_every_part_is_known(self) -> None:
        assert tuple(flat_address.PARTS) == ADDRESS_PARTS
