"""Columns of text as numbers: a register may have a million rows, but few different texts in most columns."""

import numpy as np
import pandas as pd


def codes_of(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Number the texts of a column, nothing as "". Gives each row's number, and the texts."""
    codes, texts = pd.factorize(column, use_na_sentinel=True)
    return np.where(codes < 0, len(texts), codes), [*map(str, texts), ""]


def told(codes: np.ndarray, answers: list[bool]) -> np.ndarray:
    """Give every row the answer found for its text."""
    return np.array(answers, dtype=bool)[codes]


def category(column: pd.Series) -> pd.Categorical:
    """Make a category of a column of text, nothing as "", the categories in the order of the alphabet."""
    codes, texts = codes_of(column)
    names, order = np.unique(np.array(texts, dtype=object), return_inverse=True)
    return pd.Categorical.from_codes(order[codes].astype(np.int64), categories=pd.Index(names))


def numbered(rows: pd.Series, key: str) -> tuple[np.ndarray, list[str]]:
    """Number the values that one key has in the rows of a register (``product=A;mode=on``).

    Returns
    -------
    ndarray of int (row,)
        The number of each row's value.
    list of str
        The values; the last one, "", is that of rows without the key.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array(rows.to_numpy(dtype=object), type=pa.large_string(), from_pandas=True)
    found = pc.struct_field(pc.extract_regex(texts, rf"(?:^|;){key}=(?P<value>[^;]*)"), "value").dictionary_encode()
    values = found.dictionary.to_pylist()
    return found.indices.fill_null(len(values)).to_numpy(zero_copy_only=False), [*values, ""]
