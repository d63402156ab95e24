"""The door's part of the record: what happened becomes entries of the ledger, with the frames around each crossing.

door's thread:   Happening ─► Recorder ─► Journal ─► (its own thread) ─► ledger, checkpoints
                                 └─► kiosk.evidence ─► (its own threads) ─► frames, then their entry
"""

from kiosk.record.journal import Journal, Left
from kiosk.record.recorder import Recorder
from kiosk.record.visits import Visits

__all__ = ["Journal", "Left", "Recorder", "Visits"]
