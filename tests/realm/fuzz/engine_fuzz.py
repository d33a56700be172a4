"""The fuzz of engines: seeded episodes in batches, each batch in a process of its own.

python -m tests.realm.fuzz.engine_fuzz --seed 7                # a batch of 1 000 scripts
python -m tests.realm.fuzz.engine_fuzz --seed 7 --only 123     # one episode of it
python -m tests.realm.fuzz.engine_fuzz --batches 20            # 20 batches, seeds 0 to 19
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import mmap
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.realm.engine_support import FACTORIES, run_on_engine_thread
from tests.realm.fuzz.engine_episode import play

__all__ = ["Report", "main", "run_batch"]

ROOT = Path(__file__).parents[3]
SCRIPTS = 1000
SCRIPTS_OF_AN_EPISODE = 4
EPISODE_SECONDS = 60
BATCH_SECONDS = 1800.0
PAGE_BYTES = resource.getpagesize()


@dataclass
class Report:
    """What came of a batch.

    Attributes:
        seed: Of the batch.
        happened: How often what happened.
        failure: Empty, or how the process ended and with which episode.
        warm_bytes: Resident memory after the first third.
        end_bytes: Resident memory at the end.
    """

    seed: int
    happened: dict[str, int] = field(default_factory=dict)
    failure: str = ""
    warm_bytes: int = 0
    end_bytes: int = 0


def resident_bytes() -> int:
    """Memory that the process occupies now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def play_batch(seed: int, engine: str, scripts: int, progress: mmap.mmap | None = None) -> Report:
    """Play a batch in this process."""
    report, happened = Report(seed), Counter[str]()
    episodes = scripts // SCRIPTS_OF_AN_EPISODE
    for episode in range(episodes):
        if progress is not None:
            progress[:8] = episode.to_bytes(8)
        faulthandler.dump_traceback_later(EPISODE_SECONDS, exit=True)
        happened += play(FACTORIES[engine], f"{seed} {episode}", SCRIPTS_OF_AN_EPISODE)
        if episode == episodes // 3:
            report.warm_bytes = resident_bytes()
    faulthandler.cancel_dump_traceback_later()
    report.end_bytes = resident_bytes()
    report.happened = dict(happened)
    return report


def run_batch(seed: int, *, engine: str = "quickjs", scripts: int = SCRIPTS) -> Report:
    """Play a batch in a process of its own, and say which episode brought it down if one did."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(8))
        file.flush()
        command = [sys.executable, "-m", "tests.realm.fuzz.engine_fuzz", "--seed", str(seed)]
        command += ["--engine", engine, "--scripts", str(scripts), "--progress", file.name]
        run = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=BATCH_SECONDS
        )
        if run.returncode == 0:
            return Report(**json.loads(run.stdout))
        episode = int.from_bytes(Path(file.name).read_bytes()[:8])
    again = f"python -m tests.realm.fuzz.engine_fuzz --engine {engine} --seed {seed}"
    return Report(
        seed,
        failure=f"exit code {run.returncode} in episode {episode}: {again} --only {episode}\n"
        f"{run.stderr[-4000:]}",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers 0 if nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=FACTORIES, default="quickjs")
    parser.add_argument("--scripts", type=int, default=SCRIPTS)
    parser.add_argument("--only", type=int, help="the episode to play")
    parser.add_argument("--batches", type=int, help="play so many, each in a process of its own")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--progress", help="the file to note the episode in")
    options = parser.parse_args(arguments)
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if options.batches is not None:
        return _main_batches(options)
    if options.only is not None:
        seed = f"{options.seed} {options.only}"
        factory = FACTORIES[options.engine]
        print(run_on_engine_thread(lambda: play(factory, seed, SCRIPTS_OF_AN_EPISODE)))
        return 0
    print(json.dumps(asdict(_noted(options))))
    return 0


def _noted(options: argparse.Namespace) -> Report:
    def batch(progress: mmap.mmap | None = None) -> Report:
        return run_on_engine_thread(
            lambda: play_batch(options.seed, options.engine, options.scripts, progress)
        )

    if options.progress is None:
        return batch()
    with Path(options.progress).open("r+b") as file, mmap.mmap(file.fileno(), 8) as progress:
        return batch(progress)


def _main_batches(options: argparse.Namespace) -> int:
    failures = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        seeds = range(options.seed, options.seed + options.batches)
        for report in pool.map(
            lambda seed: run_batch(seed, engine=options.engine, scripts=options.scripts), seeds
        ):
            failures += bool(report.failure)
            mebibytes = f"{report.warm_bytes >> 20} to {report.end_bytes >> 20} MiB"
            print(f"{report.seed}: {report.failure or mebibytes} {report.happened}", flush=True)
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
