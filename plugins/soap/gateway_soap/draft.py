"""For `gateway draft`: a service's recorded reply, read without its WSDL, and the settings that it suggests."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.adapter import Found, Nobody, Reply, Setting, has_answer

_ENVELOPE_STATUSES = frozenset({400, 500})
_ENDINGS = ("Response", "Result", "Resposta", "Return")


class SoapDrafter:
    """Importing it does not import lxml."""

    def read(self, reply: Reply, *, limit: int) -> Found:
        from gateway_soap.envelope import Fault, open_envelope
        from gateway_soap.records import ReplyReader

        if not has_answer(reply, Nobody(), reads=_ENVELOPE_STATUSES):
            return Found(())
        content = open_envelope(reply)
        if isinstance(content, Fault):
            raise content.error()
        return ReplyReader(None, None, frozenset(), Nobody()).read(content, limit)

    def settings(self, reply: Reply, asked: Mapping[str, str]) -> list[Setting]:
        from gateway_soap.envelope import Fault, open_envelope
        from gateway_soap.strict_xml import local_name

        content = open_envelope(reply)
        answer = "" if isinstance(content, Fault) else local_name(str(content.tag))
        operation = next((answer.removesuffix(end) for end in _ENDINGS if answer.endswith(end)), answer)
        return [
            Setting(
                "wsdl",
                {"path": "?wsdl"},
                "TODO where the service shows its WSDL; or {file: name.wsdl} for one in config/wsdl/<tenant>/",
            ),
            Setting("operation", operation, f"the reply's element is {answer}; check the WSDL"),
            Setting(
                "parameters",
                {path: f"{{{field}}}" for path, field in asked.items()},
                "path in the operation's input -> search field",
            ),
        ]
