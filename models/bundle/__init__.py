"""Bundles: what a party to a dispute takes away, a zip that anybody can check without trusting the office."""

from models.bundle.check import BundleReport, check_bundle
from models.bundle.layout import BundleError
from models.bundle.make import Made, export_dispute

__all__ = ["BundleError", "BundleReport", "Made", "check_bundle", "export_dispute"]
