"""Evidence: the frames around each crossing, sealed one by one under the key of the person or arrival they show."""

from models.evidence.files import EvidenceError, FrameFiles, StoredFrame
from models.evidence.store import (
    Orphaned,
    add_frames,
    erase_frames,
    erase_frames_under,
    frame_key,
    frames_of,
    megabytes,
    purge_to_budget,
    read_frame,
    sweep,
)

__all__ = [
    "EvidenceError",
    "FrameFiles",
    "Orphaned",
    "StoredFrame",
    "add_frames",
    "erase_frames",
    "erase_frames_under",
    "frame_key",
    "frames_of",
    "megabytes",
    "purge_to_budget",
    "read_frame",
    "sweep",
]
