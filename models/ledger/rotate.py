"""Rotation of the signing key: the old key signs its own replacement. Old signatures stay valid.

In this order, each step durable before the next: the new key beside the old one, the entry that names it, the list of
public keys, the new key in the old one's place. A stop before the entry changes nothing; after it, opening the site
(`models.site.open_site`) does the rest. One rotation at a time: two would overwrite each other's new key.
"""

from __future__ import annotations

from datetime import datetime

from models.durable import locked
from models.ledger.append import append, require_in_force
from models.ledger.entry import LedgerEntry
from models.ledger.kinds import KeyRotated
from models.ledger.read import head
from models.signing import add_public_key, replace_signer
from models.site import Site
from models.vault import open_vault


def rotate_key(site: Site, *, reason: str, at: datetime, by: str) -> LedgerEntry:
    """Replace the signing key of ``site``, which has to be opened again to go on writing; the entry that says so.

    ``at`` now (aware). Raises ``RotatedError`` when the key was rotated since the site was opened, and ``ModelsError``
    when a key or the database cannot be written.
    """
    with locked(site.signing_path.parent):
        with site.write_session() as session:
            if (last := head(session)) is not None:
                require_in_force(last, session.signer.public)  # before another's new key is overwritten
        with replace_signer(site.signing_path, open_vault(site.key_path)) as signer:
            with site.write_session() as session:
                rotated = KeyRotated(at=at, public_key=signer.public.hex(), reason=reason)
                [*_, entry] = append(session, [rotated], at=at, by=by)
            add_public_key(site.public_path, signer.public)
    return entry
