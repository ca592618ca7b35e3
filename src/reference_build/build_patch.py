"""Write an earlier edition of the reference tables as a patch on the one that ships.

    python src/reference_build/build_patch.py FOLDER_OF_THE_OLD_TABLES NAME DATE

The old tables are those of the version that shipped them. A patch that is in the way is replaced; its `reasons.csv`,
which is written by hand, stays. Editions older than two years may be deleted, the oldest first.
"""

import hashlib
import json
import lzma
import sys
from pathlib import Path

import pandas as pd

from usephase.catalog.reference.editions import GONE, KEYS
from usephase.catalog.reference.shipped import PACKED, packed, rows

LONG = 10_000
"""Bytes above which a table of a patch is compressed: a patch is read rarely, and nobody edits it."""
FOLDER = Path(__file__).resolve().parents[1] / "usephase/catalog/reference"


def main(old: Path, name: str, day: str) -> None:
    folder = FOLDER / "editions" / name
    folder.mkdir(parents=True, exist_ok=True)
    told = {}
    for table, keys in KEYS.items():
        file = f"{table}.csv"
        if not (old / file).exists():
            continue
        then, now = _texts(old / file), rows(file)
        if table == "sources":
            then = _sources(then, now, old)
        columns = [*then]
        told[table] = {"columns": columns}
        if table != "sources":
            told[table]["sha256"] = hashlib.sha256(then.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
        then, now = (packed(part, file) for part in (then, now.reindex(columns=columns, fill_value="")))
        moved = then[~_keys(then, columns).isin(_keys(now, columns))]
        gone = now.loc[~_keys(now, [*keys]).isin(_keys(then, [*keys])), [*keys]].drop_duplicates()
        if table == "sources":  # what is newer harms nobody
            gone = gone.iloc[:0]
        # All rows of a key that has any other row.
        mine = then[_keys(then, [*keys]).isin(_keys(moved, [*keys]))]
        patch = pd.concat([mine, gone.assign(source=GONE)]).reindex(columns=columns).fillna("")
        for path in (folder / file, folder / f"{file}{PACKED}"):
            path.unlink(missing_ok=True)
        if len(patch):
            text = patch.sort_values([*keys], kind="stable").to_csv(index=False, lineterminator="\n").encode()
            long = len(text) > LONG
            path = folder / (f"{file}{PACKED}" if long else file)
            path.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME) if long else text)
    before = json.loads((FOLDER / "edition.json").read_text(encoding="utf-8"))["name"]
    text = json.dumps({"name": name, "date": day, "before": before, "tables": told}, indent=1) + "\n"
    (folder / "edition.json").write_text(text, encoding="utf-8")


def _texts(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _keys(rows: pd.DataFrame, columns: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[columns])


def _sources(then: pd.DataFrame, now: pd.DataFrame, old: Path) -> pd.DataFrame:
    """Keep the sources of the tables that editions are kept of; the set of potentials is that of the code today."""
    there = [old / f"{table}.csv" for table in KEYS if table != "sources"]
    used = {code for path in there if path.exists() for code in _texts(path)["source"]}
    then = then[then["code"].isin(used)]
    if "gwp_set" in then:
        return then
    return then.assign(gwp_set=then["code"].map(now.set_index("code")["gwp_set"]).fillna(""))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
