"""Kiosk: from camera frames to arrivals with instants, identities and an honest order."""
