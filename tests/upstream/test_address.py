"""A source's address, taken apart: what is taken, and what its author reads where it is not."""

from __future__ import annotations

import pytest

from gateway.core.errors import Misconfigured
from gateway.upstream.address import parse_address


@pytest.mark.parametrize(
    ("url", "origin", "path", "query"),
    [
        ("https://CRM.Example", ("https", "crm.example", 443), "/", ""),
        ("http://crm.example:8080/a/b?c=d", ("http", "crm.example", 8080), "/a/b", "c=d"),
        ("HTTP://crm.example:80/", ("http", "crm.example", 80), "/", ""),
        ("https://[2001:DB8:0::1]:8443/x", ("https", "2001:db8::1", 8443), "/x", ""),
        ("https://crm_interno.example/açúcar%20x", ("https", "crm_interno.example", 443), "/a%C3%A7%C3%BAcar%20x", ""),
        ("https://xn--caf-dma.example/", ("https", "xn--caf-dma.example", 443), "/", ""),
    ],
)
def test_an_address_is_taken_apart(url: str, origin: tuple[str, str, int], path: str, query: str) -> None:
    address = parse_address(url)
    assert (address.origin, address.path, address.query) == (origin, path, query)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("crm.example/x", "must begin with https:// or http://"),
        ("ftp://crm.example", "must begin with https:// or http://"),
        ("https://", "names no valid host"),
        ("https://a b.example", "blank, a control character or a backslash"),
        ("https://crm.example\\@evil.example", "blank, a control character or a backslash"),
        ("https://crm.example/\r\nX: y", "blank, a control character or a backslash"),
        ("https://gw:s3cret@crm.example", "Put them under upstream.auth"),
        ("https://crm.example/#s3cret", "has a fragment"),
        ("https://crm.example:0/", "port 0"),
        ("https://crm.example:99999/", "is not an address"),
        ("https://crm.example:s3cret/", "is not an address"),
        ("https://[s3cret]/", "is"),
        ("https://[1.2.3.4]/", "is"),
        ("https://café.example/", "xn--"),
        ("https://①②⑦.0.0.1/", "xn--"),
        ("https://%31.example/", "names no valid host"),
        ("https://a..b\u3002example/", "xn--"),
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(url: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as refused:
        parse_address(url)
    assert str(refused.value).startswith("upstream.url ")
    assert "s3cret" not in str(refused.value)


def test_an_addresss_repr_leaves_its_query_out() -> None:
    assert repr(parse_address("https://crm.example:8443/x?key=s3cret")) == "<Address https://crm.example:8443>"
