"""Sign a list of checksums with a minisign key, so that who made a package can be told years later."""

import os
from collections.abc import Callable
from pathlib import Path

from usephase.errors import Problem, StudyError

PASSWORD = "USEPHASE_SIGN_PASSWORD"  # noqa: S105  the name of the variable, no password
"""Environment variable with the password of a key, for where nobody can be asked."""
Signer = Callable[[bytes, str], bytes]


def signer(key: Path, ask: Callable[[], str] | None = None) -> Signer:
    """Open a secret key of minisign.

    Parameters
    ----------
    key : Path
        As `minisign -G` writes it.
    ask : callable, optional
        Gives the password of a key that has one, where `PASSWORD` is not set.

    Returns
    -------
    callable
        From bytes and a comment that is signed too to what `minisign -V` reads.

    Raises
    ------
    StudyError
        If the package `minisign` is not installed, or the key cannot be read or opened.
    """
    try:
        from minisign import SecretKey
        from minisign.exceptions import Error
    except ModuleNotFoundError as error:
        fix = "pip install 'usephase[sign]' brings it, or sign the file SHA256SUMS with what you use"
        raise _refused(key, "signing needs the package `py-minisign`", fix) from error
    try:
        secret = SecretKey.from_file(key)
        if secret.is_encrypted():
            password = os.environ.get(PASSWORD) or (ask() if ask is not None else "")
            if not password:
                raise _refused(key, "the key has a password", f"set {PASSWORD}, or run it in a terminal, which asks")
            secret.decrypt(password)
    except (OSError, ValueError, Error) as error:
        fix = "name a secret key of minisign (minisign -G makes one), and its password"
        raise _refused(key, f"not opened as a secret key ({error})", fix) from error

    def sign(content: bytes, comment: str) -> bytes:
        return bytes(secret.sign(content, trusted_comment=comment)) + b"\n"

    return sign


def _refused(key: Path, what: str, fix: str) -> StudyError:
    return StudyError([Problem(where=f"--sign {key.name}", what=what, fix=fix)])
