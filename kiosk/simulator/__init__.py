"""Renders door scenes with known truth from photographs of faces."""

from kiosk.simulator.casting import DEMO_PEOPLE, DemoPart, demo_scene, random_doorway, random_scene
from kiosk.simulator.faces import FacePhoto, Faces, find_face, folder_faces, group_faces
from kiosk.simulator.film import Truth, frames, truth, write_people, write_scene
from kiosk.simulator.head import Head, cut_head
from kiosk.simulator.scene import Clothes, Scene, Walker

__all__ = [
    "DEMO_PEOPLE",
    "Clothes",
    "DemoPart",
    "FacePhoto",
    "Faces",
    "Head",
    "Scene",
    "Truth",
    "Walker",
    "cut_head",
    "demo_scene",
    "find_face",
    "folder_faces",
    "frames",
    "group_faces",
    "random_doorway",
    "random_scene",
    "truth",
    "write_people",
    "write_scene",
]
