"""The contract suite fails an adapter that breaks the contract: broken ones are run under it, in a pytest of their own."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Mapping as Map
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.testing import broken_suites

_MODULE = Path(broken_suites.__file__)
_ROOT = _MODULE.parents[2]
BROKEN = {
    name: suite
    for name, suite in vars(broken_suites).items()
    if inspect.isclass(suite) and issubclass(suite, broken_suites.Broken) and suite is not broken_suites.Broken
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Map[str, Map[str, str]]:
    """Class -> name of the test that failed in it (without its parameter) -> what it said."""
    report = tmp_path_factory.mktemp("broken") / "report.xml"
    tests = [f"{_MODULE}::{name}::{test}" for name, suite in BROKEN.items() for test in suite.catches]
    run = [sys.executable, "-m", "pytest", *tests, f"--junitxml={report}", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(run, cwd=_ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 1, ended.stdout[-3000:] + ended.stderr[-3000:]
    failures: dict[str, dict[str, str]] = {name: {} for name in BROKEN}
    for case in ElementTree.parse(report).iter("testcase"):
        for failure in (*case.iter("failure"), *case.iter("error")):
            suite = case.get("classname", "").rpartition(".")[2]
            test = case.get("name", "").partition("[")[0]
            failures[suite][test] = failure.get("message", "")
    return failures


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_contract_is_caught(failed: Map[str, Map[str, str]], name: str) -> None:
    assert set(BROKEN[name].catches) <= set(failed[name]), sorted(failed[name])


@pytest.mark.parametrize(
    ("name", "test", "said"),
    [
        ("TestFailureIsAbsence", "test_a_503_is_a_server_error", "a failure is never an absence"),
        ("TestSomeOtherException", "test_garbage_is_unreadable", "raised ValueError where Unreadable is due"),
        ("TestValueInAnError", "test_garbage_is_unreadable", "The name of a person stands in the error's text"),
        ("TestCancellationSwallowed", "test_a_cancelled_lookup_leaves_nothing_behind", "cancellation was swallowed"),
        ("TestLimitIgnored", "test_the_limit_is_kept_and_said", "12 records; the limit was 5"),
        ("TestLeadingZerosLost", "test_each_search_field_finds_its_person", "letter by letter"),
        ("TestOnlyOneFieldAsked", "test_all_fields_at_once_are_all_sent", "only ['nome'] were sent"),
        ("TestFieldsMisnamed", "test_the_adapter_names_its_search_fields", "fields is ['doc', 'mail', 'nome']"),
        ("TestEveryAnswerIsASuccess", "test_an_unclear_answer_is_never_a_success", "says that a person is saved"),
        ("TestALostPersonIsRefused", "test_a_lost_connection_leaves_the_person_unknown", "nobody knows what became"),
        ("TestALostPersonIsSentAgain", "test_a_lost_connection_leaves_the_person_unknown", "Nothing is sent again"),
        ("TestCheckAlwaysPasses", "test_check_of_a_dead_source_fails", "DID NOT RAISE"),
    ],
)
def test_the_author_reads_what_is_wrong(failed: Map[str, Map[str, str]], name: str, test: str, said: str) -> None:
    assert said in failed[name][test]
