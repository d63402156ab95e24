"""One body's walk over the floor, fitted to everything the camera saw of it: rays, sizes, soles, gait.

The unknowns are the floor position at knots a fifth of a second apart (linear in between, held together by a
white-noise acceleration prior) and what is this person's own: eye height, eye distance, gait. The measurements are

    eyes  (u, v)   the ray through the midpoint of the eyes, at eye height plus the head's bob
    eye distance   focal length * own eye distance / depth, less what the detector loses on small faces
    sole  v        the lowest pixel of the body: the foot nearest the camera, `lead` metres ahead of the body

                    eyes o . . . . . . . . ray . . . . . . . . . . o camera
                         |                                         |
             body axis   |   lead = mean + swing(step phase)       | H
                         |                                         |
      floor -------------+---->x sole ---------sill----------------+---
                         Z                     Zs                  0

Solved by iteratively reweighted Gauss-Newton (Huber weights on faces, Geman-McClure on soles, as a sole seen through
somebody else's legs is simply wrong); the inverse of the normal matrix is the covariance. The method is that of a
fixed-interval smoother (Rauch, Tung, Striebel 1965) written as one least-squares problem.
"""

from __future__ import annotations

from kiosk.smoother.fit import fit_walk
from kiosk.smoother.person import EYE_DISTANCE_M, EYE_HEIGHT_M
from kiosk.smoother.walk import KNOT_S, Sightings, Walk

__all__ = ["EYE_DISTANCE_M", "EYE_HEIGHT_M", "KNOT_S", "Sightings", "Walk", "fit_walk"]
