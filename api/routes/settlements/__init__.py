"""结佣 settlements."""

from api.routes.settlements.places import router

__all__ = ["router"]
