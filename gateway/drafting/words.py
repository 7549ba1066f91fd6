"""What fields are called in Portuguese, English, Spanish and Turkish: a field's name to what it probably holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from gateway.core.flat_address import PARTS
from gateway.core.folding import fold, fold_name


class Role(StrEnum):
    """What a field is by its name."""

    NAME = "name"
    FIRST = "first name"
    LAST = "last name"
    EMAIL = "e-mail"
    PHONE = "phone"
    AREA = "area code"
    DOCUMENT = "document"
    BIRTH = "birth date"
    CODE = "code"
    ADDRESS = "address"
    ELSE = "somebody else"
    OTHER = "other"


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS: dict[Role, str] = {
    Role.NAME: "nome name nomecompleto fullname completename razaosocial nomerazaosocial razao nombre nombrecompleto "
    "razonsocial denominacion adsoyad adisoyadi isim unvan displayname companyname nomeouempresa nm",
    Role.FIRST: "primeironome prenome firstname givenname forename nombres ad adi",
    Role.LAST: "sobrenome ultimonome lastname surname familyname apellido apellidos soyad soyadi",
    Role.EMAIL: "email emails mail mails correos correo correoelectronico emailaddress enderecoeletronico "
    "enderecoemail eposta epostaadresi",
    Role.PHONE: "telefone telefones fone fones tel celular cel phone phones phonenumber mobile mobilephone cellphone "
    "telephone whatsapp zap recado telefono telefonos movil telefon gsm ceptelefonu cep_telefonu landline "
    "telefonecelular telefonefixo telefoneresidencial telefonecomercial numerotelefone",
    Role.AREA: "ddd areacode codigoarea dddtelefone dddcelular",
    Role.DOCUMENT: "cpf cnpj cpfcnpj cnpjcpf documento documentos doc document documentnumber numerodocumento taxid "
    "taxnumber cgc tckimlik tckimlikno tckn kimlikno vergino verginumarasi vkn nif dni cif nie cuit cuil rut rfc curp",
    Role.BIRTH: "nascimento datanascimento dtnascimento dtnasc datanasc nasc birthdate dateofbirth dob birthday "
    "fechanacimiento fechadenacimiento nacimiento dogumtarihi dogumgunu",
    Role.CODE: "codigo code cod id matricula numero numerocliente idexterno externalid customerid clientid kod "
    "musterino musterinumarasi contrato pedido ultimopedido order lastorder orderid ordernumber numeropedido protocolo "
    "conta account accountnumber contract cd numcliente apolice",
}
_ROLES: dict[str, Role] = {word: role for role, words in _WORDS.items() for word in words.split()}
_NOISE = _set(
    "cliente clientes customer client pessoa person contato contact titular musteri usuario user dados data info principal "
    "main primario primary nm nr nro num ds dt cd tx txt str fld id no numero number de do da"
)
"""Words beside the one that matters: `nomeCliente`, `DS_EMAIL`, `telefone_principal`."""
_SOMEBODY_ELSE = _set(
    "mae pai conjuge esposa esposo marido responsavel dependente dependentes filho filhos filha filhas beneficiario "
    "beneficiarios vendedor atendente gerente corretor representante operador indicador avalista fiador emergencia mother "
    "father spouse husband wife child children dependent dependents parent seller agent owner manager emergency salesman "
    "madre padre conyuge hijo hijos vendedora anne baba es cocuk cocuklar referencia fantasia apelido nickname "
    "loja filial empresa store branch company"
)
"""Words of people and things beside the customer: what belongs to them is none of the customer's."""
_PLACES = _set(
    "endereco enderecos address addresses end residencia correspondencia cobranca entrega direccion direcciones domicilio "
    "adres adresler location localizacao billing shipping"
)
_PARTS: dict[str, str] = {
    **{fold_name(name): part for part, names in PARTS.items() for name in names},
    **dict.fromkeys(("tipologradouro", "tipo"), ""),
    **dict.fromkeys(("ruaavenida", "line1", "addressline1", "address1", "avenida", "cadde", "acikadres"), "street"),
    **dict.fromkeys(("compl", "line2", "addressline2", "apartamento", "piso"), "complement"),
    **dict.fromkeys(("neighborhood", "neighbourhood", "colonia", "semt", "mahalle"), "district"),
    **dict.fromkeys(("localidade", "town", "localidad", "municipality"), "city"),
    **dict.fromkeys(("province", "region"), "state"),
    **dict.fromkeys(("zipcode", "postcode", "postalcode", "cp", "codigopostal", "postakodu"), "postal_code"),
}
_UNMISTAKABLE = frozenset(
    {"logradouro", "bairro", "cep", "municipio", "cidade", "uf", "zip", "zipcode", "postalcode", "city"}
)
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def role_of(names: Sequence[str]) -> Role:
    """What the last of `names` probably holds, seen where it stands."""
    words = [word for name in names for word in tokens(name)]
    if _SOMEBODY_ELSE.intersection(words) and not _own_company(names):
        return Role.ELSE
    if address_part(names):
        return Role.ADDRESS
    role = _by_word(names[-1])
    if role in (Role.OTHER, Role.CODE) and len(names) > 1:
        above = _by_word(names[-2])
        if above in (Role.PHONE, Role.EMAIL, Role.DOCUMENT) and fold_name(names[-1]) in (
            *("numero", "number", "valor", "value", "endereco", "address", "text", "descricao"),
        ):
            return above
    if role in (Role.NAME, Role.FIRST, Role.LAST, Role.CODE, Role.BIRTH) and not _of_the_customer(names[:-1]):
        return Role.OTHER
    return role


def address_part(names: Sequence[str]) -> tuple[str, str] | None:
    """The part of an address (of ADDRESS_PARTS), and a word for which of several addresses; None where it is none."""
    last = fold_name(names[-1])
    above = [fold_name(name) for name in names[:-1]]
    if any(place in _PLACES for place in above):
        part = _PARTS.get(last) or _PARTS.get(last.removeprefix("endereco"))
        return (part, ".".join(names[:-1])) if part else None
    for place in sorted(_PLACES, key=len, reverse=True):
        rest = last.removeprefix(place)
        if rest != last and _PARTS.get(rest):
            return _PARTS[rest], place
    if last in _UNMISTAKABLE or (last in _PLACES and not above):
        return _PARTS.get(last, "street"), ""
    return None


def tokens(name: str) -> list[str]:
    """`dtNascimento_Cli` -> `dt`, `nascimento`, `cli`."""
    plain = re.sub(r"[^0-9A-Za-z]+", " ", _ascii(name))
    return [word.lower() for word in _TOKEN.findall(plain)]


def _ascii(name: str) -> str:
    """Without accents and with its capitals: folding keeps the number of letters in these languages."""
    folded = fold(name)
    if len(folded) != len(name):
        return folded
    return "".join(new.upper() if old.isupper() else new for old, new in zip(name, folded, strict=True))


def _by_word(name: str) -> Role:
    whole = fold_name(name).rstrip("0123456789")
    if whole in _ROLES:
        return _ROLES[whole]
    words = [word for word in tokens(name) if not word.isdigit()]
    telling = [word for word in words if word not in _NOISE]
    for word in ("".join(telling), *telling):
        if word in _ROLES:
            return _ROLES[word]
    if not telling and words:
        return next((_ROLES[word] for word in words if word in _ROLES), Role.OTHER)
    return Role.OTHER


def _of_the_customer(above: Sequence[str]) -> bool:
    """Do the wrappers say nothing but that this is the customer?"""
    return all(word in _NOISE or _ROLES.get(word) is Role.NAME for name in above for word in tokens(name))


def _own_company(names: Sequence[str]) -> bool:
    """`nomeFantasia` is a name beside the name; `empresa.razaoSocial` may well be the customer's own."""
    return fold_name(names[-1]) in ("razaosocial", "companyname", "cnpj")
