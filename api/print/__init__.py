"""What leaves the office on paper: confirmations, settlements, reports to the people they are about."""

from api.print.document import Document

__all__ = ["Document"]
