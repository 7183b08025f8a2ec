"""Whom a server runs as when we are root, and where that user can keep its files."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.local.processes import LocalServerError


@dataclass(frozen=True)
class Account:
    """The user and group ids to run as; both None when we are not root and run as ourselves."""

    user: int | None
    group: int | None

    @classmethod
    def for_servers(cls, name: str) -> "Account":
        """The account `name` where we are root, else ourselves. Raises LocalServerError when there is none."""
        if os.geteuid() != 0:
            return cls(None, None)
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            raise LocalServerError(
                f"PostgreSQL will not run as root, and this machine has no user {name!r} to run it as"
            ) from None
        return cls(found.pw_uid, found.pw_gid)

    def reaches(self, path: Path) -> bool:
        """Whether the account may pass through every folder down to `path`, and enter or execute `path` itself."""
        if self.user is None:
            return True
        whole = path.resolve()
        return all(self._passes(step.stat()) for step in (whole, *whole.parents) if step.exists())

    def _passes(self, found: os.stat_result) -> bool:
        if found.st_uid == self.user:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.group:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def give(self, path: Path) -> None:
        """Make the account the owner of `path`."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def elsewhere(kind: str, key: str) -> Path:
    """A path in the system's temp folder, always the same for the same `kind` and `key`.

    Raises LocalServerError when somebody else has put something there.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:20]
    path = Path(tempfile.gettempdir()) / f"local-{kind}-{digest}"
    if os.path.lexists(path) and (path.is_symlink() or path.stat().st_uid != os.geteuid()):
        raise LocalServerError(f"{path} belongs to somebody else: remove it")
    return path


class Home:
    """Where a server's data lies: in `folder`, or in the temp folder when its account cannot reach `folder`."""

    def __init__(self, folder: Path, account: Account, kind: str) -> None:
        self.folder = folder
        self.account = account
        self.kind = kind

    @property
    def fallback(self) -> Path:
        return elsewhere(self.kind, str(self.folder.resolve()))

    @property
    def path(self) -> Path:
        """The folder in use: data that is there already stays where it is."""
        if self.account.reaches(self.folder):
            return self.folder
        return self.fallback

    @property
    def moved(self) -> bool:
        return self.path != self.folder

    def make(self) -> None:
        """Make the folder in use, and leave a note where it was expected."""
        path = self.path
        if path == self.folder:
            return
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
        (path / "made-for").write_text(f"{self.folder}\n")
        (self.folder / "data-is-in").write_text(f"{path}\n")

    def discard(self) -> None:
        """Remove the data that was put into the temp folder, if any was."""
        if self.account.user is not None and self.fallback.exists():
            shutil.rmtree(self.fallback)

    def unused(self) -> list[Path]:
        """Folders of this kind in the temp folder whose own folder is gone, such as those of old test runs."""
        if self.account.user is None:
            return []
        beside = Path(tempfile.gettempdir()).glob(f"local-{self.kind}-*/made-for")
        ours = [note for note in beside if note.stat().st_uid == os.geteuid()]
        return [note.parent for note in ours if not Path(note.read_text().rstrip("\n")).exists()]

    def empty(self, name: str) -> Path:
        """A new, empty folder `name` that only the account can open; an earlier one is removed."""
        path = self.path / name
        if path.exists():
            shutil.rmtree(path)
        path.mkdir(mode=0o700)
        self.account.give(path)
        return path

    def secret(self, name: str, text: str) -> Path:
        """A file `name` holding `text` that only the account can read."""
        path = self.path / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        self.account.give(path)
        return path
