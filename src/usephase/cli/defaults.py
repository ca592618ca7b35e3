"""Defaults of flags: variables such as USEPHASE_RUN_DRAWS, then [tool.usephase.run] of the nearest pyproject.toml."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

_FILE, _SECTION = "pyproject.toml", "tool.usephase"


def flags(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """Give the flags that may have a default of the user's, by their name without dashes.

    --json has none: what a script gets must not change with the place it runs in.
    """
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "as_json":
            yield max(parameter.opts, key=len).lstrip("-"), parameter


def name_variables(command: click.Command, name: str) -> None:
    """Let each flag of a command, and of those below it, take its default from the variable NAME_FLAG."""
    for flag, option in flags(command):
        if not option.multiple and option.nargs == 1:  # click would cut a value such as a budget at its spaces
            option.envvar = f"{name}_{flag}".upper().replace("-", "_")
    for below, other in getattr(command, "commands", {}).items():
        name_variables(other, f"{name}_{below}")


def project_defaults(commands: Mapping[str, object], name: str, command: click.Command) -> dict[str, Any]:
    """Read the defaults of one command from the project, by the names that click has for its flags.

    Raises
    ------
    click.UsageError
        If the project's file names a command or a flag that does not exist.
    """
    folder = Path.cwd()
    file = next((found for at in (folder, *folder.parents) if (found := at / _FILE).is_file()), None)
    text = file.read_bytes() if file else b""
    if b"usephase" not in text:
        return {}
    import tomllib

    try:
        section = tomllib.loads(text.decode("utf-8")).get("tool", {}).get("usephase", {})
    except ValueError as error:
        raise click.UsageError(f"{file} is no TOML: {error}") from error
    for other in section:
        _known(file, _SECTION, other, list(commands), "command")
    return {name: _named(file, f"{_SECTION}.{name}", section.get(name, {}), command)}


def _named(file: Path | None, section: str, given: Any, command: click.Command) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise click.UsageError(f"{file}: `{section.rpartition('.')[2]}` is no section; write [{section}]")
    options, below = dict(flags(command)), getattr(command, "commands", {})
    found = {}
    for key, value in given.items():
        _known(file, section, key, [*options, *below], "flag")
        if key in below:
            found[key] = _named(file, f"{section}.{key}", value, below[key])
        else:
            found[options[key].name or key] = value
    return found


def _known(file: Path | None, section: str, name: str, names: list[str], kind: str) -> None:
    if name not in names:
        from difflib import get_close_matches

        [nearest] = get_close_matches(name, names, n=1, cutoff=0)
        raise click.UsageError(f"{file}: [{section}] names no {kind}: `{name}`; did you mean `{nearest}`?")


def origin(error: click.ClickException) -> str:
    """Say where a refused value was written, if not on the command line."""
    if not (isinstance(error, click.BadParameter) and error.ctx and error.param and error.param.name):
        return ""
    source = error.ctx.get_parameter_source(error.param.name)
    if source is ParameterSource.ENVIRONMENT:
        return f"It comes from the variable {error.param.envvar}."
    return f"It comes from {_FILE}." if source is ParameterSource.DEFAULT_MAP else ""
