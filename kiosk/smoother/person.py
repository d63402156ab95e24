"""What is known of any adult before they are seen: body, gait, and how a detector errs about them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EYE_DISTANCE_M = 0.063
EYE_HEIGHT_M = 1.56
STEP_HZ = np.arange(1.2, 2.85, 0.05)
"""Step frequencies of a walk."""

EYE_HEIGHT, LOG_EYES, LOST_PX, LEAD, DROP, SWING_C, SWING_S, BOB_C, BOB_S = range(9)
PRIOR_MEAN = np.array([EYE_HEIGHT_M, 0.0, 0.0, 0.20, 0.03, 0.0, 0.0, 0.0, 0.0])
PRIOR_SIGMA = np.array([0.11, 0.055, 0.5, 0.06, 0.02, 0.06, 0.06, 0.012, 0.012])
"""Adults: eye height 1.56 m +- 0.11, eye distance 63 mm +- 5.5 % with the detector's own bias; a detector's eyes lie up
to a pixel too close on small faces; the sole seen is 0.20 m ahead on average (half a step and the toe), drawn some
centimetres too low by the edge of the foreground mask; head and foot swing at the step frequency."""
