"""Recognition: face engines, quality, templates, gallery, matcher, thresholds and their evaluation."""
