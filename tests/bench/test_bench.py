"""The benchmark's judgement, on made-up measures: nothing is timed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.kinds import kind_named
from tests.bench.__main__ import CASES, Case, main
from tests.bench.figures import NotMeasured, Taken, all_met, as_json, as_text, judged
from tests.bench.guessing_case import guessing
from tests.bench.load import read_wrk
from tests.bench.measuring import Run
from tests.bench.node_baseline import NODE
from tests.bench.people import cpfs
from tests.bench.stub import Page, Stub
from tests.bench.targets import TARGETS, Target, targets_of
from tests.peers.running import PEERS

WRK = """Running 1s test @ http://127.0.0.1:9001/identify
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   680.91us  190.11us   9.50ms   95.39%
    Req/Sec    23.59k     1.01k   24.53k    90.91%
  Latency Distribution
     50%  635.91us
     75%  700.00us
     90%  766.00us
     99%    1.02ms
  25804 requests in 1.10s, 6.10MB read
Requests/sec:  23457.01
"""


def met(case: str) -> Taken:
    return Taken({name: target.bound for name, target in targets_of(case).items()})


def made_up(taken: Taken) -> Mapping[str, Case]:
    def case(run: Run, folder: Path) -> Taken:
        return taken

    return {"startup": case}


# ---------------------------------------------------------------------------------------------- judging


@pytest.mark.parametrize("target", TARGETS, ids=[f"{target.case}-{target.measure}" for target in TARGETS])
def test_a_measure_that_is_just_short_of_its_target_misses_it(target: Target) -> None:
    step = 0.001 if target.most else -0.001
    taken = met(target.case)
    assert all_met(judged(target.case, taken))
    taken.values[target.measure] += step
    figures = judged(target.case, taken)
    assert [figure.name for figure in figures if figure.ok is False] == [target.measure]
    assert not all_met(figures)


def test_every_target_is_of_a_case_that_can_be_run() -> None:
    assert {target.case for target in TARGETS} <= CASES.keys()
    assert len({(target.case, target.measure) for target in TARGETS}) == len(TARGETS)


def test_a_target_that_was_forgotten_is_no_success() -> None:
    with pytest.raises(RuntimeError, match="The case memory did not measure without_soap_mb, and did not say why."):
        judged("memory", Taken())


def test_what_cannot_be_measured_here_is_told_and_missed_by_nobody() -> None:
    figures = judged("workers", Taken(skipped={"two_over_one": "it takes two cores"}))
    assert all_met(figures)
    assert "two_over_one                       not measured   at least 1.6   it takes two cores" in as_text(
        {"workers": figures}
    )


def test_where_the_gateway_gave_nothing_to_measure_the_target_is_missed() -> None:
    figures = judged("big", Taken(failed={"more_memory_mb": "it answers unavailable"}))
    assert not all_met(figures)
    assert "at most 5: MISSED   it answers unavailable" in as_text({"big": figures})


# ---------------------------------------------------------------------------------------------- telling


def test_json_has_a_case_with_its_measures_and_their_targets() -> None:
    taken = Taken({"over_handler_httpx": 8.5, "gateway_cpu_us": 148.44}, {"gateway_per_second": "wrk is not installed"})
    assert json.loads(as_json({"rest": judged("rest", taken)})) == {
        "cases": [
            {
                "case": "rest",
                "measures": [
                    {"name": "over_handler_httpx", "value": 8.5, "target": 9.0, "ok": False},
                    {"name": "gateway_cpu_us", "value": 148.4},
                    {"name": "gateway_per_second", "why": "wrk is not installed"},
                ],
            }
        ]
    }


def test_the_exit_status_is_0_where_every_target_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"], made_up(met("startup"))) == 0
    [case] = json.loads(capsys.readouterr().out)["cases"]
    assert case["case"] == "startup"
    assert [measure["ok"] for measure in case["measures"]] == [True, True]


def test_the_exit_status_is_1_where_a_target_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    slow = met("startup")
    slow.values["first_answer_seconds"] = 0.9
    assert main(["startup"], made_up(slow)) == 1
    assert "first_answer_seconds                        0.9   at most 0.8: MISSED" in capsys.readouterr().out


def test_a_case_that_gives_nothing_misses_its_targets_and_ends_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(run: Run, folder: Path) -> Taken:
        raise NotMeasured("nginx ended with status 1")

    cases = {"memory": broken, **made_up(met("startup"))}
    assert main([], cases) == 1
    told = capsys.readouterr().out
    assert "without_soap_mb                    not measured   at most 75: MISSED   nginx ended with status 1" in told
    assert "at most 0.8: ok" in told


def test_an_unknown_case_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speed"], made_up(met("startup")))
    assert "no such case: speed. Known: startup" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------- measuring


def test_the_percentiles_of_wrk_are_read_in_seconds() -> None:
    sent = read_wrk(WRK)
    assert sent.requests == 25804
    assert sent.p50 == pytest.approx(635.91e-6)
    assert sent.p99 == pytest.approx(1.02e-3)


@pytest.mark.parametrize("line", ["  Non-2xx or 3xx responses: 12", "  Socket errors: connect 0, read 3, timeout 0"])
def test_a_load_that_met_errors_measures_nothing(line: str) -> None:
    with pytest.raises(NotMeasured, match="the load met errors"):
        read_wrk(f"{WRK}{line}\n")


def test_many_different_people_are_asked_for() -> None:
    asked = cpfs(2000)
    assert len(set(asked)) == 2000
    for cpf in asked[:100]:
        kind_named("cpf").normalise(cpf, "BR")


@pytest.mark.parametrize(
    ("page", "target", "body"),
    [
        (Page("/clientes", "<c cpf='{asked}'/>", parameter="doc"), "/clientes?doc=123.456.789-09", ""),
        (Page("/clientes", "<c cpf='{asked}'/>", element="cpf"), "/clientes", "<n:cpf>123.456.789-09</n:cpf>"),
    ],
    ids=["query", "posted"],
)
def test_the_source_gives_the_very_person_who_is_asked_for(page: Page, target: str, body: str) -> None:
    assert Stub([page], 0.0).answer(target, body).endswith(b"<c cpf='123.456.789-09'/>")


def test_a_page_without_a_hole_always_gives_the_same() -> None:
    page = replace(Page("/big", "<clientes/>"), kind="application/xml")
    answer = Stub([page], 0.0).answer("/big?nome=Carlos", "")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 11\r\n")


# ---------------------------------------------------------------------------------------------- the baseline on Node


@pytest.mark.parametrize("folder", [NODE, PEERS], ids=["baseline", "peers"])
def test_a_lock_of_node_pins_every_package_and_names_no_address(folder: Path) -> None:
    text = (folder / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    root = packages.pop("")
    assert "://" not in text
    assert all(package["version"] and package["integrity"] for package in packages.values())
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    assert root["dependencies"] == wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}


def test_guesses_find_nothing_and_are_made_to_wait(tmp_path: Path) -> None:
    taken = guessing(Run(0.1, 1, "python", None, None), tmp_path, 4_000, 100)
    assert (taken.values["guesses"], taken.values["found"], taken.values["alarms"]) == (4_000, 0, 1)
    assert taken.values["throttled_share"] == 0.5
