"""A self-hosted Instagram Stories API."""

__version__ = "0.1.0"
