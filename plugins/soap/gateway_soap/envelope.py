"""A SOAP envelope of either version: the response element in it, or the fault."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from gateway.adapter import Nobody, Reply, ReportedError, SourceError, Unauthorised, Unreadable, fold
from gateway_soap.multipart import root_part
from gateway_soap.references import name_entries, put_together, response_of
from gateway_soap.strict_xml import local_name, parse
from gateway_soap.unfold import unfold

ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
_SHOWABLE = re.compile(r"[A-Za-z][A-Za-z._-]{0,63}")
# WSS SOAP Message Security 1.1.1, 12; and what Axis, CXF and hand-made servers say instead.
_REFUSALS = frozenset(
    {
        "failedauthentication",
        "failedcheck",
        "invalidsecurity",
        "invalidsecuritytoken",
        "securitytokenunavailable",
        "unsupportedsecuritytoken",
        "authentication",
        "authenticationfailed",
        "client.authentication",
        "unauthorized",
        "unauthorised",
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class Fault:
    """What a service says when it fails. `codes`: the local names of the fault's code, its subcodes and the elements in its
    detail; `reason`: its text, which may hold anybody's data and is never shown."""

    codes: tuple[str, ...]
    reason: str

    def __repr__(self) -> str:
        return "<Fault …>"

    def says_nobody(self, nobody: Nobody) -> bool:
        """Is one of the source's `faults:` a code of this fault, or a phrase of its reason?"""
        codes = {fold(code) for code in self.codes}
        reason = fold(self.reason)
        signs = [sign for sign in map(fold, nobody.faults) if sign]
        return any(sign.rpartition(":")[2] in codes or _holds(reason, sign) for sign in signs)

    @property
    def refuses_credentials(self) -> bool:
        return any(code.lower() in _REFUSALS for code in self.codes)

    def error(self) -> SourceError:
        """The failure that this fault stands for."""
        shown = next((code for code in reversed(self.codes) if _SHOWABLE.fullmatch(code)), "without a plain code")
        if self.refuses_credentials:
            return Unauthorised(
                f"The source refused our credentials (SOAP fault {shown}). Check upstream.auth, and settings.security."
            )
        return ReportedError(
            f"The source answered with a SOAP fault ({shown}). Its text is not shown, since it may quote what was asked; "
            "ask the source's owner. If this is how it says nobody, list the code or a phrase of the text under nobody:."
        )


def open_envelope(reply: Reply) -> etree._Element | Fault:
    """The element in the envelope's body that answers, put together of its parts. Raises what `parse`, `root_part`,
    `put_together` and `unfold` raise, and Unreadable where there is no envelope or nothing in its body."""
    content_type = reply.headers.get("content-type", "")
    content = reply.body
    if content_type[:10].lower() == "multipart/":
        content, content_type = root_part(content, content_type)
    root = parse(content, content_type)
    if local_name(str(root.tag)) != "Envelope":
        raise Unreadable(
            "The reply is XML but no SOAP envelope. Check upstream.url: it must be the service's endpoint."
        )
    body = next((child for child in root if local_name(str(child.tag)) == "Body"), None)
    if body is not None and (b"href=" in content or b":ref=" in content):
        put_together(body)
    if body is not None and b":Map" in content:
        name_entries(body)
    answer = response_of(body) if body is not None else None
    if answer is None:
        raise Unreadable("The SOAP envelope has nothing in its body, where the operation's answer was due.")
    if local_name(str(answer.tag)) == "Fault":
        return _fault(answer)
    unfold(answer, content)
    return answer


def _fault(element: etree._Element) -> Fault:
    """Faults of 1.1 come in envelopes of 1.2 and the other way round, with namespaces and without."""
    codes: list[str] = []
    reason = ""
    for part in element:
        match local_name(str(part.tag)):
            case "faultcode":
                codes.append(_code(part))
            case "faultstring":
                reason = part.text or ""
            case "Code":
                codes.extend(_code(value) for value in part.iter("{*}Value"))
            case "Reason":
                reason = " ".join(text.text or "" for text in part.iter("{*}Text"))
            case "detail" | "Detail":
                codes.extend(local_name(str(child.tag)) for child in part)
            case _:
                pass
    return Fault(tuple(code for code in codes if code), reason)


def _code(element: etree._Element) -> str:
    return (element.text or "").strip().rpartition(":")[2]


def _holds(text: str, phrase: str) -> bool:
    """Whole words only: the code `Client` is no phrase of *cliente bloqueado*."""
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None
