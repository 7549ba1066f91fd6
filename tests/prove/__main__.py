"""`./run prove [NAME ...]`: the property tests and fuzzers with five times the examples, and all rounds of the proofs.

A proof reads `GATEWAY_PROOF`: set, it does all of its rounds; unset, as in the test run, a fifth of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

PROOFS: Mapping[str, Sequence[str]] = {
    "core": ["tests/core"],
    "adapters": ["plugins"],
    "wire": ["tests/upstream"],
    "resilience": ["tests/resilience", "tests/service"],
    "faces": ["tests/api", "tests/facades"],
    "codes": ["tests/prove/test_codes.py", "tests/core/test_code.py"],
    "crash": ["tests/prove/test_crash.py", "tests/prove/test_prospects.py"],
}
"""Name of a proof -> what pytest runs."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run prove", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(PROOFS)}; all where none is named")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - PROOFS.keys():
        parser.error(f"no such proof: {', '.join(sorted(unknown))}. Known: {', '.join(PROOFS)}")
    environment = {**os.environ, "GATEWAY_PROOF": "1"}
    worst = 0
    for name in arguments.names or PROOFS:
        print(f"proof: {name}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", *PROOFS[name]]
        worst = max(worst, subprocess.run(command, env=environment, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
