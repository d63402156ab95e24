"""Makes a doorway file from one picture and a few points on the floor, and draws the picture to check it by."""

from kiosk.calibrate.picture import check_picture
from kiosk.calibrate.points import PointsFile, inside, load_points, parse_place, parse_point
from kiosk.calibrate.solve import Calibration, CalibrationError, FloorPoint, Place, calibrate, make_doorway

__all__ = [
    "Calibration",
    "CalibrationError",
    "FloorPoint",
    "Place",
    "PointsFile",
    "calibrate",
    "check_picture",
    "inside",
    "load_points",
    "make_doorway",
    "parse_place",
    "parse_point",
]
