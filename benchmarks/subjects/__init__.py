"""What is measured: Marotte, its peers, and Python alone as the yardstick."""

from benchmarks.subjects.subject import Measure, Subject

__all__ = ["SUBJECTS", "Measure", "Subject"]

SUBJECTS = ("marotte", "bare_binding", "quickjs_rs", "mini_racer", "python")
"""The modules of this package that have a `SUBJECT`; the first is compared with the others.

Each is imported in a process of its own, so that none of them needs another.
"""
