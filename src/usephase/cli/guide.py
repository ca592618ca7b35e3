"""`usephase guide`: the guide."""

import click

from usephase.cli.common import common, print_json, say


@click.command()
@click.argument("topic", required=False, metavar="[TOPIC]")
@common
def command(topic: str | None, as_json: bool, quiet: bool) -> None:
    """Read the guide."""
    from usephase.guide import page, topics

    if topic is None:
        if as_json:
            print_json({"topics": [{"topic": name, "title": title} for name, title in topics()]})
            return
        for name, title in topics():
            click.echo(f"{name:<28} {title}")
        say("Read one: usephase guide model", quiet)
        return
    text = page(topic)
    if as_json:
        print_json({"topic": topic, "markdown": text})
        return
    from usephase.report.terminal.printing import print_markdown

    print_markdown(text)
