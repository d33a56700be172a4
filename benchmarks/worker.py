"""One measure of one subject, in this process; the samples go to standard output as JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from benchmarks.subjects import Subject


def main() -> None:
    """Take the samples that the command line asks for."""
    name, measure = sys.argv[1:]
    subject: Subject = import_module(f"benchmarks.subjects.{name}").SUBJECT
    samples = subject.measures[measure]()
    sys.stdout.write(json.dumps(samples))


if __name__ == "__main__":
    main()
