"""Evidence of each crossing: the frames around it, with every face covered but the one that consented, on the disk.

door's thread          Collector ─► FrameRing (its own thread: JPEG, in memory)
                           │ Job: frames, where the door saw faces
EvidenceWriter's thread    ▼
                       SecondLook (faces once more, in whole pictures) ─► Veil ─► blurred frames ─► models.evidence
                                                                                      └─► Written, for the ledger
"""

from kiosk.evidence.collect import Collector, Job
from kiosk.evidence.look import SecondLook
from kiosk.evidence.ring import FrameRing, RingFrame
from kiosk.evidence.writer import EvidenceWriter, Written

__all__ = ["Collector", "EvidenceWriter", "FrameRing", "Job", "RingFrame", "SecondLook", "Written"]
