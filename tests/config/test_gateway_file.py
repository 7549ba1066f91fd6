"""The gateway's own file: everything has a default, and what is wrong is said at its place."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.config.gateway_file import GatewaySettings, Grant, Limits, load_gateway
from gateway.config.secrets import MISPLACED
from gateway.core.errors import ConfigurationError

WHOLE = """\
listen: {host: 0.0.0.0, port: 9000, workers: 4}
operations: {port: 9001}
data: /var/lib/gateway
log: {format: readable, level: warning}
limits:
  body: 32KiB
  rate: {per_second: 2.5, burst: 5}
  in_flight: 20
  tenants_in_memory: 50
tenants:
  acme: {networks: [10.20.0.0/16, "fd12:3456::/48"], env: [SHARED_KEY]}
"""


def load(tmp_path: Path, text: str) -> GatewaySettings:
    path = tmp_path / "gateway.yaml"
    path.write_text(text)
    return load_gateway(path)


def complaints(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    return [str(problem).removeprefix(f"{tmp_path}/gateway.yaml:") for problem in caught.value.problems]


def test_the_file_and_every_key_may_be_missing(tmp_path: Path) -> None:
    assert load_gateway(tmp_path / "gateway.yaml") == GatewaySettings()
    assert load(tmp_path, "# nothing yet\n") == GatewaySettings()
    assert load(tmp_path, "listen: {}\nlimits: {rate: {}}\n") == GatewaySettings()


def test_each_of_ten_thousand_tenants_may_be_granted_a_network_of_its_own(tmp_path: Path) -> None:
    lines = [f"  t{number}: {{networks: [10.{number // 256}.{number % 256}.0/24]}}" for number in range(10_000)]
    settings = load(tmp_path, "tenants:\n" + "\n".join(lines))
    assert len(settings.grants) == 10_000
    assert settings.grant("t300") == Grant((ip_network("10.1.44.0/24"),))


def test_every_key_has_its_effect(tmp_path: Path) -> None:
    grant = Grant((ip_network("10.20.0.0/16"), ip_network("fd12:3456::/48")), frozenset({"SHARED_KEY"}))
    assert load(tmp_path, WHOLE) == GatewaySettings(
        host="0.0.0.0",
        port=9000,
        workers=4,
        operations=("127.0.0.1", 9001),
        data=Path("/var/lib/gateway"),
        log_format="readable",
        log_level="warning",
        limits=Limits(body=32768, rate=2.5, burst=5, in_flight=20, tenants_in_memory=50),
        grants={"acme": grant},
    )
    assert load(tmp_path, WHOLE).grant("acme") == grant
    assert load(tmp_path, WHOLE).grant("umbrella") == Grant()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("port: 9000", "prot: 9000", "1:25: Unknown key 'prot'. Did you mean 'port'? Known here: host, port, workers."),
        ("port: 9000", "port: 99999", "1:31: The number must be at most 65535."),
        ("workers: 4", "workers: 0", "1:46: The number must be at least 1."),
        ("port: 9000", "port: http", "1:31: Expected a whole number, found text."),
        (
            "{port: 9001}",
            "{port: 9001, host: 0.0.0.0}",
            "2:32: It answers without a key, so it listens on a loopback address only: 127.0.0.1 or ::1.",
        ),
        ("readable", "redable", "4:15: Expected 'json' or 'readable'. Did you mean 'readable'?"),
        ("32KiB", "32 KB", "6:9: Write a size as a number with its unit: 512B, 64KiB or 10MiB."),
        ("2.5", "0", "7:22: The number must be more than 0.0."),
        ("  acme:", "  Acme:", "11:3: A tenant's slug has small letters, digits and hyphens: acme-br."),
        (
            "10.20.0.0/16",
            "169.254.169.254/32",
            "11:21: 169.254.0.0/16 is never granted: such addresses hand out the machine's own credentials.",
        ),
        (
            "10.20.0.0/16",
            "0.0.0.0/0",
            "11:21: This is every address there is. Grant the networks that the tenant's sources are in.",
        ),
        (
            "10.20.0.0/16",
            "10.20.0.1/16",
            "11:21: Not a network. Write its first address and the length of its prefix: 10.20.0.0/16.",
        ),
        (
            "SHARED_KEY",
            "s3nh4-muito-secreta",
            ("11:60: An environment variable's name has letters, digits and '_' only. Write the name, not the value."),
        ),
        ("data: /var/lib/gateway", "data: !env PATH", f"3:7: {MISPLACED}"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in WHOLE
    assert complaints(tmp_path, WHOLE.replace(old, new)) == [complaint]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = WHOLE.replace("9000", "x").replace("warning", "loud").replace("burst: 5", "burst: 0")
    assert [complaint.split(":")[0] for complaint in complaints(tmp_path, text)] == ["1", "4", "7"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_gateway(tmp_path)
    assert str(caught.value) == f"{tmp_path}: The file cannot be read: Is a directory."
