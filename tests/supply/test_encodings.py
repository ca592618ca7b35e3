"""Every command under encodings that lack most signs: the same exit code, signs that are meant, valid JSON."""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import pytest

from tests.insight.compare_catalogs import SETTINGS, option, tables
from tests.reference.folder import write_catalog
from usephase import guide
from usephase.cli import COMMANDS, main
from usephase.cli.encoding import readable

ENCODINGS = ("cp1252", "cp437", "cp932", "ascii")
TOPICS = [name for name, _ in guide.topics()]
QUICK = ("guide model", "check CATALOG", "no-such-command", "check nowhere", "report nowhere", "guide nowhere")
LONG = {
    "init": ["init NEW/a", "init NEW/b.xlsx --xlsx", "init NEW/c --json", "init CATALOG"],
    "import": ["import CATALOG/products.csv --out NEW/i", "import nowhere --out NEW/j --json"],
    "check": ["check CATALOG", "check CATALOG --register", "check CATALOG --json", "check nowhere --json"],
    "run": [*(f"run CATALOG --draws 64 --results NEW {more}" for more in ("", "--json")), "run CATALOG --dry-run"],
    "rank": ["rank CATALOG --draws 128", "rank RUN --method given_data", "rank RUN --method nothing"],
    "track": ["track CATALOG --base-year 2023 --draws 64 --rate 0.03", "track CATALOG --ambition none"],
    "compare": ["compare CATALOG --options base,heavy --draws 64", "compare CATALOG --options base,none"],
    "diff": ["diff RUN RUN", "diff RUN CATALOG --json", "diff RUN nowhere"],
    "report": ["report RUN --out NEW/r.html", "report RUN --out NEW/v.html --language vi", "report CATALOG"],
    "chart": [f"chart RUN {kind} --out NEW/{name}" for kind in ("breakdown", "nothing") for name in ("c.svg", "c.gif")],
    "export": [
        *(f"export RUN --to {to} --out NEW/{to}.json" for to in ("cdp", "esrs", "ifrs", "ghg-protocol")),
        "export RUN --to csv --out NEW/f.csv", "export RUN --to nothing", "export nowhere --to csv --json",
    ],
    "fit": ["fit lifetime LIVES", "fit lifetime LIVES --json", "fit mean LIVES --column age", "fit mean nowhere"],
    "review": ["review CATALOG", "review CATALOG --cell none:rate --by A", "review nowhere --json"],
    "refine": ["refine CATALOG none", "refine nowhere DRILL --json"],
    "explain": ["explain RUN total", "explain RUN total:product=none --json", "explain nowhere total"],
    "reproduce": ["reproduce RUN", "reproduce RUN --json", "reproduce CATALOG"],
    "serve": ["serve nowhere", "serve CATALOG --host 300.1.1.1"],
    "reference": ["reference", "reference zones", "reference place_aliases --json", "reference nothing"],
    "guide": ["guide", *(f"guide {name}" for name in TOPICS), "guide model --json"],
}  # fmt: skip
"""Words of every command, right and wrong; each is also asked for its help."""
READ = ("run", "rank", "track", "compare", "diff", "fit")
"""Commands whose answers are read rather than searched."""


class Told(NamedTuple):
    code: object
    out: bytes
    err: bytes


@cache
def places(folder: Path) -> dict[str, str]:
    """Write a catalog with names that few encodings have, and a run of it."""
    settings = {**SETTINGS, "catalog": {**SETTINGS["catalog"], "name": "Bänke für Đức"}}
    rows = tables(options=[option("heavy", "modes", "product=DRILL;mode=on", "rate", "*1.2")])
    catalog = write_catalog(folder / "catalog", settings, rows)
    lives = folder / "lives.csv"
    lives.write_text("age,failed\n" + "".join(f"{age},1\n" for age in (1.2, 2.5, 3.1, 4.4, 5.0, 6.3)), encoding="utf-8")
    run = json.loads(told(f"run {catalog} --draws 64 --results {folder / 'results'} --json", "utf-8").out)["run"]
    return {"CATALOG": str(catalog), "RUN": run, "LIVES": str(lives)}


def told(words: str, encoding: str) -> Told:
    """Do a command with standard output and error in an encoding."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, "strict") for _ in range(2))
    arguments = words.split()
    was, sys.argv = sys.argv, ["usephase", *arguments]
    code: object = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(arguments, prog_name="usephase")
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = was
    for stream in (out, err):
        stream.flush()
    return Told(code, out.buffer.getvalue(), err.buffer.getvalue())  # type: ignore[attr-defined]


@cache
def answer(words: str, folder: Path, encoding: str) -> Told:
    """Do a command on the catalog and its run; what it writes goes to a new folder."""
    if words != words.lower():
        for word, place in {**places(folder), "NEW": mkdtemp(dir=folder)}.items():
            words = words.replace(word, place)
    return told(words, encoding)


def holds(words: str, folder: Path, encoding: str) -> None:
    """Compare what a command writes in an encoding with what it writes in UTF-8."""
    expected, done = answer(words, folder, "utf-8"), answer(words, folder, encoding)
    said = done.err.decode(encoding)
    assert done.code == expected.code, said
    assert_signs(done.out.decode(encoding), expected.out.decode(), encoding)
    assert_signs(said, expected.err.decode(), encoding)
    if "--json" in words:
        json.loads(done.out.decode(encoding))


def assert_signs(text: str, meant: str, encoding: str) -> None:
    """Every sign is one of those meant or of ASCII, none is lost: what UTF-8 becomes elsewhere are other signs."""
    assert {sign for sign in text if not sign.isascii()} <= set(meant.encode(encoding, "ignore").decode(encoding))
    assert text.count("?") <= meant.count("?")
    assert bool(text.strip()) == bool(meant.strip())
    assert "bug:" not in text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encodings")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("words", QUICK)
def test_output_is_readable_everywhere(words: str, encoding: str, folder: Path) -> None:
    holds(words, folder, encoding)


def test_every_command_is_tried() -> None:
    assert set(LONG) == set(COMMANDS)
    assert all(line.split()[0] == name for name, lines in LONG.items() for line in lines)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        pytest.param(encoding, name, marks=pytest.mark.deep if (i + j) % 2 else pytest.mark.slow)
        for i, encoding in enumerate(ENCODINGS)
        for j, name in enumerate(LONG)
    ],
)
def test_every_command_is_readable_everywhere(name: str, encoding: str, folder: Path) -> None:
    for words in [*LONG[name], f"{name} --help"]:
        holds(words, folder, encoding)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_workbench_starts_and_ends_everywhere(encoding: str, folder: Path, tmp_path: Path) -> None:
    words = ["serve", places(folder)["CATALOG"], "--port", "0", "--results", str(tmp_path / "results")]
    environment = {**os.environ, "PYTHONIOENCODING": f"{encoding}:strict", "PYTHONUTF8": "0"}
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with subprocess.Popen(
        [sys.executable, "-c", f"{heeds}; from usephase.cli import main; main()", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().decode(encoding)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert address.startswith("http://127.0.0.1:")
    assert process.returncode in (0, 130), err
    said = (out + err).decode(encoding)
    assert said.isascii()
    assert not any(word in said for word in ("?", "Traceback", "bug:"))


@pytest.mark.parametrize(
    "words",
    [pytest.param(words, marks=() if name in READ and i == 0 else pytest.mark.slow)
     for name, all_words in LONG.items() for i, words in enumerate(all_words)],
)  # fmt: skip
def test_what_is_piped_has_no_trailing_blanks_and_answers_fit_80_columns(words: str, folder: Path) -> None:
    """Lists that are searched are as long as their lines."""
    done = answer(words, folder, "utf-8")
    for text in (done.out, done.err):
        assert [line for line in text.decode().split("\n") if line != line.rstrip()] == []
    if words.split()[0] in READ and "--json" not in words and done.code == 0:
        assert [line for line in done.out.decode().split("\n") if len(line) > 80 and " " in line.strip()] == []


@pytest.mark.parametrize("encoding", ["cp437", "ascii"])
def test_json_keeps_every_sign(encoding: str, tmp_path: Path) -> None:
    """A remedy with curly quotes: plain ones in their place would end the text."""
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "sales.csv").write_bytes("product".encode("utf-16"))
    words = f"check {tmp_path / 'catalog'} --json"
    expected, found = (json.loads(told(words, name).out.decode(name)) for name in ("utf-8", encoding))
    assert found == expected
    assert any("“" in problem["fix"] for problem in found["problems"])


def test_signs_have_readable_others() -> None:
    assert readable("12.5 ± 10 % → 3 × 4 … é Đức █▉ │─┌ 中") == "12.5 +/- 10 % -> 3 x 4 ... e Duc ## |-+ ?"
    assert readable("10⁻¹² m² × 10⁶ CO₂ 1.5 °C") == "10^-12 m^2 x 10^6 CO2 1.5 degC"


def test_every_sign_that_the_package_writes_has_a_readable_other() -> None:
    home = Path(guide.__file__).parent.parent
    only_read = {"rewrites.py", "set_apart.py"}  # words and signs of others' tables
    paths = [path for ending in ("md", "py", "toml", "csv") for path in home.rglob(f"*.{ending}")]
    texts = [path.read_text("utf-8") for path in paths if path.name not in only_read]
    assert len(texts) > 300
    assert {sign for sign in set("".join(texts)) if readable(sign) == "?"} == {"?"}
