"""GET /widget/identification-code.js: the widget as browsers fetch it, the only answer that anybody may keep."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha384
from importlib.resources import files

from starlette.types import Receive, Scope, Send

_TYPE = b"text/javascript; charset=utf-8"


def widget_script() -> bytes:
    """The one file, as it is installed."""
    return files("gateway").joinpath("widget", "identification-code.js").read_bytes()


def integrity(script: bytes) -> str:
    """What a page says in `integrity` (W3C Subresource Integrity)."""
    return f"sha384-{b64encode(sha384(script).digest()).decode('ascii')}"


class Widget:
    """Open to every origin: it is public, and holds nothing of anybody."""

    def __init__(self, script: bytes) -> None:
        self._script = script
        self._tag = f'"{sha384(script).hexdigest()[:32]}"'.encode("ascii")
        self._headers = [
            (b"content-type", _TYPE),
            # An hour: so long a page may have the script of before an update.
            (b"cache-control", b"public, max-age=3600"),
            (b"etag", self._tag),
            # `integrity` needs the first where the page is another origin's; a page that isolates itself, the second.
            (b"access-control-allow-origin", b"*"),
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"x-content-type-options", b"nosniff"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._has_it(scope):
            await _answer(send, 304, self._headers, b"")
        else:
            length = (b"content-length", str(len(self._script)).encode("ascii"))
            await _answer(send, 200, [*self._headers, length], self._script)

    def _has_it(self, scope: Scope) -> bool:
        """RFC 9110, 13.1.2; a proxy that compresses makes the tag a weak one."""
        asked = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
        return any(tag.strip().removeprefix(b"W/") in (self._tag, b"*") for tag in asked.split(b","))


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
