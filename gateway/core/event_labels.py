"""How helpdesks, telephony and messengers call what they hand over: the words by which an event's data are read where the
tenant's file says nothing."""

from __future__ import annotations

from collections.abc import Mapping as Map
from types import MappingProxyType

from gateway.core.channel import SPOKEN
from gateway.core.tenant import SearchField

# Every word is folded as `core.folding.fold_label` does: without case, accents, blanks, hyphens, `de` and `do`.
_SENDER = ("sender", "from", "fromaddress", "fromemail", "senderemail", "remetente", "gonderen", "address")
_CALLER = (
    "caller", "callingnumber", "callernumber", "callingparty", "callerid", "calleridnum", "ani", "cli", "clid", "from",
    "numeroorigem", "origem", "chamador", "arayan", "arayannumara", "remotenumber",
)  # fmt: skip
_WRITER = ("waid", "from", "sender", "author")
_KINDS: Map[str, tuple[str, ...]] = MappingProxyType(
    {
        "email": ("email", "emailaddress", "mail", "eposta", "correo", "enderecoemail"),
        "phone": (
            "phone", "phonenumber", "telephone", "mobile", "mobilephone", "whatsapp", "telefone", "fone", "celular",
            "telefono", "telefon", "telefonnumarasi", "ceptelefonu", "gsm",
        ),
        "name": ("name", "fullname", "displayname", "nome", "nomecompleto", "nombre", "ad", "adsoyad", "isim"),
        "cpf": ("cpf",),
        "cnpj": ("cnpj",),
        "cpf_cnpj": ("cpfcnpj", "cpf", "cnpj"),
        "tr.tckimlik": ("tckimlik", "tckimlikno", "tckn", "kimlikno"),
    }
)  # fmt: skip
CASE = (
    "casenumber",
    "case",
    "ticket",
    "ticketid",
    "ticketnumber",
    "numerocaso",
    "caso",
    "chamado",
    "protocolo",
    "talepno",
)
"""What the number of a case is called. It is read for a `code` that is called so itself: a case's number may well be
somebody else's order."""
TYPED = ("digits", "dtmf", "documento", "document", "documentnumber", "taxid", "digitos")
"""What somebody typed without its being said what it is: a document where its check digits agree."""
USER_IDS = (
    "fromid", "userid", "senderid", "psid", "igsid", "igid", "bsuid", "chatid", "visitorid", "channeluser",
)  # fmt: skip
"""The id of a channel's own user. No name of his: he may give it up, and somebody else take it."""
WRITES = ("from", "sender", "author", "user")
FROM_ID = "fromid"
"""As what the `id` in an object that is called one of `WRITES` is read."""
ANSWERS = frozenset(
    {
        "ivr", "ura", "menu", "prechat", "prechatform", "prechatsurvey", "prechatanswers", "prechatresponses", "answers",
        "responses", "respostas", "yanitlar", "form", "formulario", "fields", "customfields", "variables",
    }
)  # fmt: skip
"""Objects of what who writes typed, or could: nobody is taken at his word for who he is in the channel."""
INSIDE = ANSWERS | {
    "customer", "cliente", "musteri", "contact", "contacts", "contato", "visitor", "visitante", "profile", "perfil",
    "user", "usuario", "sender", "remetente", "from", "fromfull", "caller", "author", "requester", "via", "source",
    "payload",
}  # fmt: skip
"""Objects that tell of who writes; what stands in others (`to`, `agent`) is somebody else's."""
ASKED = ("question", "pergunta", "soru", "label", "name", "field", "key", "title")
ANSWERED = ("answer", "resposta", "yanit", "cevap", "value", "response")
"""How a question and its answer are called, where they come as a list of pairs."""


def words_of(kind: str) -> tuple[str, ...]:
    """The words for a value of this kind."""
    return _KINDS.get(kind) or ((kind.rpartition(".")[2],) if "." in kind else ())


def from_words(channel: str, kind: str) -> tuple[str, ...]:
    """The words for who writes or calls over this channel, where he is of this kind."""
    if kind == "email":
        return _SENDER if channel == "email" else ()
    if kind == "phone":
        return _CALLER if channel in SPOKEN else _WRITER if channel == "whatsapp" else ()
    return ()


def is_of_a_case(field: SearchField, words: tuple[str, ...]) -> bool:
    """Is this search field, called so (folded), the number of a case?"""
    return field.kind == "code" and any(word in CASE for word in words)
