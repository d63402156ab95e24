"""What people may ask about themselves, and what is held of how many."""

from api.routes.privacy.places import router

__all__ = ["router"]
