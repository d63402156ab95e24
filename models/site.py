"""A site: one sales office's folder with its settings, keys, notice and database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from models.base import ModelsError
from models.durable import locked, replace_file
from models.evidence import FrameFiles
from models.ledger.append import append, rotated_to
from models.ledger.checkpoint import CheckpointFile
from models.ledger.kinds import Founded
from models.ledger.read import head
from models.people import Notice
from models.policies import FOLDER as POLICIES_FOLDER
from models.policies import PolicyTexts
from models.session import Database, ReadSession, WriteSession
from models.settings import SETTINGS_FILE, SiteSettings, load_settings, settings_text
from models.signing import Signer, add_public_key, adopt_signer, create_signer, open_signer
from models.vault import Vault, create_key, open_vault

DATABASE_FILE = "menjian.db"
KEY_FILE = Path("keys") / "site.key"
SIGNING_FILE = Path("keys") / "signing.key"
PUBLIC_FILE = Path("keys") / "signing.pub"
CHECKPOINTS_FILE = "checkpoints.jsonl"
EVIDENCE_FOLDER = "evidence"
NOTICE_TEMPLATE = Path(__file__).with_name("notice.txt")


class SiteError(ModelsError):
    """The site folder cannot be made or opened."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """An open site: ``folder``, its ``settings`` and its ``database``. Close it, or use it in a ``with`` block."""

    folder: Path
    settings: SiteSettings
    database: Database

    @property
    def doorway_path(self) -> Path:
        """The doorway file; a relative setting counts from the site's folder."""
        return self.folder / self.settings.doorway

    @property
    def settings_path(self) -> Path:
        """Where the settings stand."""
        return self.folder / SETTINGS_FILE

    @property
    def key_path(self) -> Path:
        """Where the site key lies."""
        return self.folder / KEY_FILE

    @property
    def signing_path(self) -> Path:
        """Where the signing key lies, sealed under the site key."""
        return self.folder / SIGNING_FILE

    @property
    def checkpoints(self) -> CheckpointFile:
        """The signed checkpoints of the ledger, outside the database."""
        return CheckpointFile(self.folder / CHECKPOINTS_FILE)

    @property
    def frames(self) -> FrameFiles:
        """The files of the evidence."""
        return FrameFiles(self.folder / EVIDENCE_FOLDER)

    @property
    def public_path(self) -> Path:
        """The public keys of the site's signatures, in the order of their use."""
        return self.folder / PUBLIC_FILE

    @property
    def policy_texts(self) -> PolicyTexts:
        """The texts of the policies that ever decided."""
        return PolicyTexts(self.folder / POLICIES_FOLDER)

    def notice(self) -> Notice:
        """Version and hash of the notice that people are shown now. Raises ``SiteError`` when its text is missing."""
        path = self.folder / self.settings.notice
        try:
            return Notice(version=self.settings.notice_version, sha256=sha256(path.read_bytes()).hexdigest())
        except OSError:
            raise SiteError(f"{path}: the notice cannot be read; consent needs the text people were shown") from None

    def read_session(self) -> AbstractContextManager[ReadSession]:
        """See `Database.read_session`."""
        return self.database.read_session()

    def write_session(self) -> AbstractContextManager[WriteSession]:
        """See `Database.write_session`."""
        return self.database.write_session()

    def close(self) -> None:
        """Give the database file back."""
        self.database.close()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create_site(folder: Path, settings: SiteSettings | None = None, *, at: datetime) -> Site:
    """Make a site folder with ``settings`` (left out: the defaults), new keys, the notice and a database whose ledger
    begins at ``at`` (aware), and open it.

    Raises ``SiteError`` when there is a site already, in the folder or the database, or the folder cannot be written.
    """
    if (folder / SETTINGS_FILE).exists() or (folder / KEY_FILE).exists():
        raise SiteError(f"{folder}: there is a site already; choose another folder")
    with _nothing_half_made(folder):
        try:
            _make_files(folder, settings)
        except OSError as error:
            raise SiteError(f"{folder}: cannot make the site: {error.strerror}") from None
        site = _opened(folder)
        with _closed_on_error(site.database), site.write_session() as session:
            if head(session) is not None:
                raise SiteError("the database holds a site's record already; make an empty one for this site")
            founded = Founded(at=at, site=site.settings.name, public_key=session.signer.public.hex())
            append(session, [founded], at=at, by="menjian init")
    return site


def _make_files(folder: Path, settings: SiteSettings | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / KEY_FILE).parent.mkdir(mode=0o700, exist_ok=True)
    create_key(folder / KEY_FILE)
    signer = create_signer(folder / SIGNING_FILE, open_vault(folder / KEY_FILE))
    add_public_key(folder / PUBLIC_FILE, signer.public)
    replace_file(folder / SiteSettings().notice, NOTICE_TEMPLATE.read_bytes())
    replace_file(folder / SETTINGS_FILE, settings_text(settings).encode())
    if settings is None or settings.database is None:
        (folder / DATABASE_FILE).touch(mode=0o600)  # SQLite would let everybody read it; its log takes the mode over


@contextmanager
def _nothing_half_made(folder: Path) -> Iterator[None]:
    """Unless the block ends well, what it made of a site is removed, and nothing that was there before."""
    before, missing = _listed(folder), [one for one in (folder, *folder.parents) if not one.exists()]
    with ExitStack() as undo:
        undo.callback(_remove, folder, before, missing)
        yield
        undo.pop_all()


def _listed(folder: Path) -> set[Path]:
    return {*folder.glob("*"), *folder.glob(f"{KEY_FILE.parent}/*")}


def _remove(folder: Path, before: Collection[Path], missing: Sequence[Path]) -> None:
    new = sorted(_listed(folder) - set(before), reverse=True)  # what is in a folder before the folder
    for path in (*new, *(one for one in missing if one.exists())):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


def open_site(folder: Path) -> Site:
    """Open a site, bringing an older database to this program's schema.

    Raises ``ModelsError`` with one line when the folder is no site, a setting is wrong, the key is missing or open to
    other users, or the database was written by a newer program.
    """
    if not (folder / SETTINGS_FILE).is_file():
        raise SiteError(f"{folder}: no site here ({SETTINGS_FILE} is missing); make one with: menjian init {folder}")
    file = folder / DATABASE_FILE
    if load_settings(folder / SETTINGS_FILE).database is None and not holds_something(file):
        raise SiteError(f"{file}: the database is missing or empty; restore it from the backup")
    site = _opened(folder)
    with _closed_on_error(site.database), site.read_session() as session:
        if head(session) is None:
            raise SiteError(
                f"{folder}: the database holds no record; restore it from the backup, or make a new site on it "
                "with: menjian init DIR --database ADDRESS"
            )
    return site


def holds_something(database: Path) -> bool:
    """Whether an SQLite file is there and not empty."""
    return database.is_file() and database.stat().st_size > 0


def _opened(folder: Path) -> Site:
    from models.migrations import upgrade  # here: who checks a bundle has no database to bring forward

    settings = load_settings(folder / SETTINGS_FILE)
    vault = open_vault(folder / KEY_FILE)
    address = settings.database or folder / DATABASE_FILE
    signer = open_signer(folder / SIGNING_FILE, vault)
    database = Database(address, vault, signer)
    with _closed_on_error(database):
        with database.connection() as connection:
            upgrade(connection, database.name, vault)
        with database.read_session() as session:
            last = head(session)
    if last is not None and (public := rotated_to(last)) and public != signer.public:
        database.close()
        database = Database(address, vault, _rotated_signer(folder, vault, public))
    return Site(folder=folder, settings=settings, database=database)


def _rotated_signer(folder: Path, vault: Vault, public: bytes) -> Signer:
    """The signer of a rotation that is on record, which this completes when it was stopped there."""
    with locked((folder / SIGNING_FILE).parent):
        signer = open_signer(folder / SIGNING_FILE, vault)
        if signer.public == public:  # another process was about to complete it
            return signer
        add_public_key(folder / PUBLIC_FILE, public)
        return adopt_signer(folder / SIGNING_FILE, vault, public)


@contextmanager
def _closed_on_error(database: Database) -> Iterator[None]:
    try:
        yield
    except ModelsError:
        database.close()
        raise
