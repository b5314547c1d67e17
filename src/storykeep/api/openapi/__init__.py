"""The table as an OpenAPI 3.1 document."""

from storykeep.api.openapi.document import create_openapi

__all__ = ["create_openapi"]
