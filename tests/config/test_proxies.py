"""Outgoing proxies: declared and granted in gateway.yaml, named by a source, and refused with a sentence at its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config.gateway_file import GatewaySettings, load_gateway
from gateway.core.errors import ConfigurationError
from gateway.core.tenant import Proxy, Source, Tenant
from tests.config.acme import ACME, SECRET, Folder

_WHOLE = """\
proxies:
  dmz: {url: "http://proxy.corp.example:3128", auth: {basic: {user: gw, password: !env PROXY_PASSWORD}}}
  partner: {url: "http://10.9.0.4:8080", resolve: proxy, timeout: 1s}
  third: {url: "http://[fd12::1]:8080"}
proxy: dmz
tenants:
  acme: {proxies: [partner]}
  umbrella: {proxy: none}
  initech: {proxy: partner, proxies: [none]}
"""
_ENVIRON = {"PROXY_PASSWORD": SECRET}


def load(tmp_path: Path, text: str = _WHOLE) -> GatewaySettings:
    path = tmp_path / "gateway.yaml"
    path.write_text(text)
    return load_gateway(path, _ENVIRON)


def complaints(tmp_path: Path, old: str, new: str) -> list[str]:
    assert old in _WHOLE
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, _WHOLE.replace(old, new))
    assert SECRET not in str(caught.value)
    return [str(problem).removeprefix(f"{tmp_path}/gateway.yaml:") for problem in caught.value.problems]


def tenant(folder: Folder, tmp_path: Path, upstream: str = "", gateway: str = _WHOLE) -> Tenant:
    folder.gateway = load(tmp_path, gateway)
    return folder.tenant(ACME.replace("erp.acme.example/api", f"erp.acme.example/api{upstream}"))


def named(source: Source) -> str | None:
    proxy = source.upstream.proxy
    return proxy.name if proxy is not None else None


# ---------------------------------------------------------------------------------------------- gateway.yaml


def test_each_tenant_has_the_proxy_that_is_said_for_it(tmp_path: Path) -> None:
    settings = load(tmp_path)
    usual = {slug: settings.grant(slug).proxies.usual for slug in ("acme", "umbrella", "initech", "hooli")}
    dmz = usual["acme"]
    assert dmz is not None
    assert dmz.auth is not None
    assert replace(dmz, auth=None) == Proxy("dmz", "http://proxy.corp.example:3128")
    assert (dmz.auth.user, dmz.auth.password.reveal()) == ("gw", SECRET)
    partner = Proxy("partner", "http://10.9.0.4:8080", resolves=True, timeout=1.0)
    assert usual == {"acme": dmz, "umbrella": None, "initech": partner, "hooli": dmz}
    assert SECRET not in repr(settings)


def test_a_password_may_be_a_file_of_the_gateways_own(tmp_path: Path) -> None:
    folder = tmp_path / "secrets" / "gateway"
    folder.mkdir(parents=True)
    (folder / "proxy").write_text(f"{SECRET}\n")
    proxy = load(tmp_path, _WHOLE.replace("!env PROXY_PASSWORD", "!file proxy")).others.proxies.usual
    assert proxy is not None
    assert proxy.auth is not None
    assert proxy.auth.password.reveal() == SECRET


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "proxy: dmz",
            "proxy: dmx",
            "5:8: There is no proxy 'dmx' under proxies: of gateway.yaml. Did you mean 'dmz'? ",
        ),
        ("proxy: none", "proxy: dmx", "8:21: There is no proxy 'dmx' under proxies: of gateway.yaml."),
        ("[partner]", "[partner, dmx]", "7:29: There is no proxy 'dmx' under proxies: of gateway.yaml."),
        ("  third:", "  none:", "4:3: 'none' means no proxy. Give this one another name."),
        ("http://proxy.corp", "https://proxy.corp", "2:14: A proxy is reached over http://host:port; other kinds are"),
        ("http://proxy.corp", "socks5://proxy.corp", "2:14: A proxy is reached over http://host:port; other kinds are"),
        (
            "http://proxy.corp",
            "http://gw:s3nh4@proxy.corp",
            "2:14: The address has credentials in it. Put them under auth:, the password as !env NAME.",
        ),
        ("example:3128", "example", "2:14: The address must name a host and a port: http://proxy.corp.example:3128."),
        ("example:3128", "example:3128/x", "2:14: A proxy's address ends with its port. Leave out what follows."),
        ("example:3128", "example:99999", "2:14: This is not an address. Write http://host:port."),
        ("proxy.corp.example", "pro xy", "2:14: The address has a character that no address has."),
        ("proxy.corp.example", "169.254.169.254", "2:14: This address is never connected to: such addresses hand out"),
        ("proxy.corp.example", "2852039166", "2:14: This address is never connected to: such addresses hand out"),
        ("!env PROXY_PASSWORD", SECRET, "2:83: A secret does not stand in the file: write '!env NAME'"),
        ("!env PROXY_PASSWORD", "!env OTHER", "2:83: The environment variable OTHER is not set."),
        ("!env PROXY_PASSWORD", "!file none", "2:83: There is no such file in "),
        ("user: gw", "user: !env PROXY_PASSWORD", "2:69: A secret does not belong here"),
        ("resolve: proxy", "resolve: prox", "3:51: Expected 'gateway' or 'proxy'. Did you mean 'proxy'?"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    (said,) = complaints(tmp_path, old, new)
    assert said.startswith(complaint)


# ---------------------------------------------------------------------------------------------- a tenant's file


def test_a_source_goes_through_the_usual_proxy_or_the_one_that_it_names(folder: Folder, tmp_path: Path) -> None:
    sources = tenant(folder, tmp_path, ", proxy: partner").sources
    assert [named(sources[name]) for name in ("crm", "erp")] == ["dmz", "partner"]
    assert named(tenant(folder, tmp_path, ", proxy: dmz").sources["erp"]) == "dmz"


def test_without_a_usual_proxy_a_source_may_say_so(folder: Folder, tmp_path: Path) -> None:
    gateway = _WHOLE.replace("\nproxy: dmz", "")
    assert named(tenant(folder, tmp_path, ", proxy: none", gateway).sources["erp"]) is None


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (
            "third",
            "The proxy 'third' is not granted. Grant it in gateway.yaml (tenants.acme.proxies). Granted: dmz, partner.",
        ),
        (
            "none",
            "To do without the usual proxy is not granted. Grant it in gateway.yaml (tenants.acme.proxies). Granted: dmz,",
        ),
        (
            "partnr",
            "There is no proxy 'partnr' under proxies: of gateway.yaml. Did you mean 'partner'? Known: dmz, partner.",
        ),
    ],
)
def test_a_proxy_that_is_not_granted_is_refused_at_its_place(
    folder: Folder, tmp_path: Path, named: str, sentence: str
) -> None:
    folder.gateway = load(tmp_path)
    text = ACME.replace("erp.acme.example/api", f"erp.acme.example/api, proxy: {named}")
    (said,) = folder.complaints(text)
    assert sentence in said
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "proxy:" in row)
    assert f"{line}:" in said


def test_a_proxy_lifts_no_refusal_of_a_destination(folder: Folder, tmp_path: Path) -> None:
    folder.gateway = load(tmp_path)
    (said,) = folder.complaints(ACME.replace("https://erp.acme.example/api", "http://10.0.0.1/, proxy: partner"))
    assert "This address is not public" in said
