"""Good inputs to start from: the worked example and the starter catalog, in all the forms that are read."""

import io
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "src" / "usephase" / "catalog" / "starter"
EXAMPLE = ROOT / "product_catalog"


def files(folder: Path = STARTER) -> dict[str, bytes]:
    """Give the files of a catalog."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".csv", ".toml")}


def tables() -> dict[str, str]:
    """Give good tables by name, comments left out."""
    found = {}
    for path in sorted(EXAMPLE.glob("*.csv")):
        lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
        found[path.stem] = "\n".join(lines)
    return found


def parquet(name: str = "sales") -> bytes:
    """Give a table of the starter as Parquet."""
    out = io.BytesIO()
    frame = pd.read_csv(STARTER / f"{name}.csv", comment="#", dtype=str)
    frame.to_parquet(out, index=False)
    return out.getvalue()


def workbook(folder: Path) -> bytes:
    """Give the starter as a workbook; `folder` is for the file."""
    from usephase.catalog.init import write_starter

    return write_starter(folder / "starter", xlsx=True)[0].read_bytes()
