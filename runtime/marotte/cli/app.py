"""The commands and their options."""

from __future__ import annotations

import math
import sys
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Annotated

import anyio
import typer

from marotte.cli.check import check_scripts
from marotte.cli.doctor import diagnose
from marotte.cli.init import initialize
from marotte.cli.run import EXIT_CODES, EXIT_USAGE, EventFormat, RunRequest, run_script
from marotte.cli.types import show_types
from marotte.cli.typings import UnknownPluginError
from marotte.conversation import InvalidValueError
from marotte.host import ToolModuleError, load_tools
from marotte.inference import DuplicateToolError, Tool, ToolRegistry
from marotte.inference.models import EngineConfigError, Models
from marotte.runs import OptionsError

__all__ = ["app", "run_app"]

app = typer.Typer(
    name="marotte",
    help="Run agents written in JavaScript.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run_app() -> int:
    """Run the command line and answer its exit code; usage errors are 64."""
    _outcome.clear()
    try:
        app()
    except SystemExit as leaving:
        if not _outcome:
            return _exit_code(leaving.code)
    return _outcome[-1]


_outcome: list[int] = []
"""The exit code of the command, if one was run: the parser's own codes mean other things."""


_PARSERS_CODES = {None: 0, 0: 0, 1: EXIT_CODES["stopped"], 130: EXIT_CODES["stopped"]}
"""What the parser leaves with when no command ended: 1 and 130 are interrupts."""


def _exit_code(code: object) -> int:
    known = code if code is None or isinstance(code, int) else EXIT_USAGE
    return _PARSERS_CODES.get(known, EXIT_USAGE)


def _tags(values: list[str]) -> dict[str, str]:
    tags = {}
    for value in values:
        name, separator, text = value.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"{value!r}: expected KEY=VALUE", param_hint="--tag")
        tags[name] = text
    return tags


def _milliseconds(seconds: float) -> float:
    if not math.isfinite(seconds * 1000):
        raise typer.BadParameter(f"{seconds}: expected a finite number", param_hint="--timeout")
    return seconds * 1000


class _NoSuchOptionError(typer.BadParameter):
    """Says what the parser says of an option that it does not know."""

    def format_message(self) -> str:
        return self.message


def _check_option(context: typer.Context, script: Path, args: list[str]) -> None:
    """Refuse a mistyped option, which the parser takes for the script: what follows is its own."""
    name = str(script).partition("=")[0]
    # The parser swallows the dashes that end the options; behind them all is as it was given.
    ended = sys.argv[-len(args) - 2 : -len(args) - 1] == ["--"]
    if not name.startswith("-") or name == "-" or ended or script.is_file():
        return
    known = [option for each in context.command.params for option in each.opts]
    close = get_close_matches(name, (option for option in known if option.startswith("--")), n=1)
    hint = f". Did you mean {close[0]}?" if close else ""
    raise _NoSuchOptionError(f"No such option: {name}{hint}")


def _check_script(script: Path, hint: str = "SCRIPT") -> None:
    if not script.is_file():
        what = "is a directory" if script.is_dir() else "no such file"
        raise typer.BadParameter(f"{script}: {what}", param_hint=hint)


def _host_tools(sources: list[str]) -> list[tuple[str, tuple[Tool, ...]]]:
    """Load tools, and see that they can be offered together; return them with their sources."""
    try:
        loaded = [(source, load_tools(source)) for source in sources]
        ToolRegistry(chain.from_iterable(tools for _, tools in loaded))
    except (ToolModuleError, DuplicateToolError, InvalidValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--tools") from None
    return loaded


def _models(model: str | None, profile: str | None, allow_net: list[str]) -> Models:
    """What scripts can reach of models, with all that the options name being there."""
    try:
        models = Models(profile=profile, model=model, allowed_net=allow_net)
    except InvalidValueError as error:
        hint = "--allow-net" if error.path.startswith("allowed_net") else "--model"
        raise typer.BadParameter(error.problem, param_hint=hint) from None
    try:
        models.check_profile()
    except (EngineConfigError, InvalidValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--profile") from None
    return models


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    context: typer.Context,
    script: Annotated[
        Path, typer.Argument(help="The script: .mjs or .js.", metavar="SCRIPT", show_default=False)
    ],
    args: Annotated[
        list[str] | None,
        typer.Argument(help="What the script finds in process.argv.", metavar="ARGS…"),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds after which the run times out; 0: never.", min=0)
    ] = 0,
    tag: Annotated[
        list[str] | None, typer.Option(help="A label on every event; repeatable.", metavar="K=V")
    ] = None,
    print_result: Annotated[
        bool,
        typer.Option(
            "--print-result",
            help='Print what the script exports, as JSON; as the line {"result": …} after events.',
        ),
    ] = False,
    events: Annotated[
        EventFormat | None,
        typer.Option(
            help="Print the events of the run and of all runs below it, instead of the output."
        ),
    ] = None,
    allow_env: Annotated[
        list[str] | None,
        typer.Option(
            help="Grant an environment variable to the script; repeatable.", metavar="NAME"
        ),
    ] = None,
    allow_net: Annotated[
        list[str] | None,
        typer.Option(
            help="Let the script choose a host as a place of models; repeatable.",
            metavar="HOST[:PORT]",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="What engines.fromProfile() speaks to, instead of a profile.",
            metavar="PROVIDER:NAME",
        ),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="What engines.fromProfile() takes.", metavar="NAME")
    ] = None,
    tools: Annotated[
        list[str] | None,
        typer.Option(
            help="A Python file or module whose tools the script may use; repeatable.",
            metavar="FILE|MODULE",
        ),
    ] = None,
    memory: Annotated[
        int, typer.Option(help="Memory the script may use, in MiB.", min=1, max=4096)
    ] = 64,
) -> None:
    """Run a script to its end; what it writes to its console is shown as it comes.

    Ctrl-C once stops the run (calls in flight finish, clean-ups run), twice cancels it.

    Exit codes: 0 completed, 1 failed, 2 timed out, 3 limit reached, 4 lost, 64 usage error,
    130 stopped.
    """
    _check_option(context, script, args or [])
    _check_script(script)
    request = RunRequest(
        script=script,
        args=tuple(args or ()),
        timeout_ms=_milliseconds(timeout),
        tags=_tags(tag or []),
        print_result=print_result,
        events=events,
        allowed_env=frozenset(allow_env or ()),
        memory_bytes=memory * 1024 * 1024,
        models=_models(model, profile, allow_net or []),
        tools=tuple(chain.from_iterable(loaded for _, loaded in _host_tools(tools or []))),
    )
    try:
        _outcome.append(anyio.run(run_script, request))
    except OptionsError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(help="The folder of the scripts.", metavar="DIR", show_default=".")
    ] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are your own, too.")
    ] = False,
) -> None:
    """Write typings/ and jsconfig.json into a folder, so that editors know every name."""
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{folder}: is not a directory", param_hint="DIR")
    _outcome.append(initialize(folder, force=force))


@app.command()
def types(
    plugin: Annotated[
        str | None, typer.Option(help="Only those of an installed plugin.", metavar="NAME")
    ] = None,
    tools: Annotated[
        list[str] | None,
        typer.Option(
            help="Only those of Python tools, for scripts that `marotte run --tools` runs.",
            metavar="FILE|MODULE",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a file instead of printing.", metavar="FILE")
    ] = None,
) -> None:
    """Print what scripts can use, as TypeScript declarations."""
    found: dict[str, list[Tool]] = {}
    for source, loaded in _host_tools(tools or []):
        name = Path(source).stem if source.endswith(".py") else source
        found.setdefault(name, []).extend(loaded)
    try:
        _outcome.append(show_types(plugin, out, found))
    except UnknownPluginError as error:
        raise typer.BadParameter(str(error), param_hint="--plugin") from None


@app.command()
def check(
    scripts: Annotated[
        list[Path] | None,
        typer.Argument(help="Scripts; none: all here.", metavar="FILES…", show_default=False),
    ] = None,
) -> None:
    """Type-check scripts with TypeScript's compiler, where there is one.

    Exit codes: 0 no errors, 1 errors, 64 usage error, 69 no compiler.
    """
    for script in scripts or ():
        _check_script(script, "FILES")
    _outcome.append(check_scripts(scripts or ()))


@app.command()
def doctor() -> None:
    """Check that this installation can run scripts, and say what it found."""
    _outcome.append(diagnose())


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Run agents written in JavaScript."""
    if show:
        from importlib.metadata import version as installed

        typer.echo(f"marotte {installed('marotte')}")
        raise typer.Exit
