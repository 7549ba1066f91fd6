"""`./run bench [--json] [CASE ...]`: medians of the rounds, beside what a user would write instead, against the targets."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench import (
    big_case,
    contacts_case,
    guessing_case,
    memory_case,
    merge_case,
    noisy_case,
    path_case,
    prospects_case,
    protocol_case,
    rest_case,
    soap_case,
    startup_case,
    summary_case,
    tenants_case,
    workers_case,
    wsdl_case,
    xml_case,
)
from tests.bench.figures import Figure, NotMeasured, Taken, all_met, as_json, as_text, broken, judged
from tests.bench.measuring import WITHOUT_NGINX, WITHOUT_WRK, Run, by_nginx, by_wrk, cores

Case = Callable[[Run, Path], Taken]
CASES: Mapping[str, Case] = {
    "xml": xml_case.xml,
    "soap": soap_case.soap,
    "wsdl": wsdl_case.wsdl,
    "rest": rest_case.rest,
    "merge": merge_case.merge,
    "cached": xml_case.cached,
    "one": xml_case.one,
    "many": xml_case.many,
    "workers": workers_case.workers,
    "memory": memory_case.memory,
    "contacts": contacts_case.contacts,
    "guessing": guessing_case.guessing,
    "summary": summary_case.summary,
    "tenants": tenants_case.tenants,
    "big": big_case.big,
    "noisy": noisy_case.noisy,
    "path": path_case.path,
    "prospects": prospects_case.prospects,
    "protocol": protocol_case.protocol,
    "startup": startup_case.startup,
}


def main(given: Sequence[str] | None = None, cases: Mapping[str, Case] = CASES) -> int:
    """The exit status: 0; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(cases)}; all where none is named")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measure")
    parser.add_argument("--rounds", type=int, default=5, help="measures of each, interleaved")
    parser.add_argument("--baselines", default=sys.executable, help="the interpreter that has the baselines' clients")
    arguments = parser.parse_args(given)
    if unknown := set(arguments.cases) - cases.keys():
        parser.error(f"no such case: {', '.join(sorted(unknown))}. Known: {', '.join(cases)}")
    for here, said in ((by_wrk(), WITHOUT_WRK), (by_nginx(), WITHOUT_NGINX)):
        if not here:
            print(f"{said}: what needs it is not measured.", file=sys.stderr)
    # Absolute without following links: an environment's interpreter is one.
    baselines = str(Path(arguments.baselines).absolute())
    run = Run(arguments.seconds, arguments.rounds, baselines, *cores())
    results: dict[str, list[Figure]] = {}
    for name in arguments.cases or cases:
        with tempfile.TemporaryDirectory(prefix=f"gateway-bench-{name}-") as folder:
            try:
                taken = cases[name](run, Path(folder))
            except NotMeasured as error:
                taken = broken(name, error)
            results[name] = judged(name, taken)
    print(as_json(results) if arguments.json else as_text(results))
    return 0 if all(all_met(figures) for figures in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
