"""`usephase serve`: the workbench in a browser."""

import click

from usephase.cli.common import catalog_argument, common, cores, print_json, say

PORT = 8765


@click.command()
@catalog_argument(edits=True)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; others see the catalog.")
@click.option("--results", default="results", show_default=True, metavar="DIR", help="Where runs are stored.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads of long work; default the cores.")
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@common
def command(
    catalog: str, port: int, host: str, results: str, workers: int | None, opens: bool, as_json: bool, quiet: bool
) -> None:
    """Open the workbench: look at the catalog, move inputs, run, compare.

    The address that is printed holds the key to it. The page is for this machine; --host opens it to others.
    """
    from contextlib import nullcontext

    from usephase.serve.address import is_loopback, listen
    from usephase.serve.app import serve
    from usephase.serve.opening import open_browser
    from usephase.serve.security import Guard
    from usephase.serve.workbench import Workbench

    workbench = Workbench(catalog, results, workers=workers or cores())
    if not is_loopback(host):
        click.echo(
            f"WARNING: listening at {host}: everybody in the network who has the key can read and change the catalog, "
            "and the connection is not encrypted. Leave --host out unless that is what you want.",
            err=True,
        )
    with listen(host, port) as bound:
        guard = Guard(host, bound.getsockname()[1])
        if as_json:
            print_json({"address": guard.address, "catalog": workbench.catalog.settings.name})
        else:
            click.echo(guard.address)
        say("Open this address in a browser; Ctrl+C ends.", quiet)
        with open_browser(guard.address) if opens else nullcontext():
            serve(workbench, guard, bound)
