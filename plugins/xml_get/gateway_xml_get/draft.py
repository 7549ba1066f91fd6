"""For `gateway draft`: a page's recorded reply, read by its shape alone, and the settings that it suggests."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.adapter import Found, Nobody, Reply, Setting, has_answer

_NO_CONTENT = frozenset({204})
_EIGHT_BIT = "iso-8859-1"


class XmlGetDrafter:
    """Importing it does not import lxml."""

    def read(self, reply: Reply, *, limit: int) -> Found:
        from gateway_xml_get.decode import decode
        from gateway_xml_get.document import DocumentReader

        if not has_answer(reply, Nobody(), silent=_NO_CONTENT):
            return Found(())
        decoded = decode(reply.body, reply.headers.get("content-type", ""), None)
        found = DocumentReader(None, frozenset(), Nobody()).read(decoded.body, (), limit)
        return Found(found.records, (*decoded.warnings, *found.warnings), found.truncated)

    def settings(self, reply: Reply, asked: Mapping[str, str]) -> list[Setting]:
        from gateway_xml_get.decode import said_charset

        lines = [Setting("query", dict(asked), "parameter -> search field")]
        charset = said_charset(reply.body, reply.headers.get("content-type", ""))
        if charset is not None and charset != "utf-8":
            lines.append(
                Setting(
                    "query_encoding",
                    charset if charset != "utf-16" else _EIGHT_BIT,
                    f"the reply is in {charset}: such pages read their query string so, too. Ask for a name with an accent",
                )
            )
        return lines
