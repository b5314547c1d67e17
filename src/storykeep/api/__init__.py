"""JSON over HTTP: the table as ASGI routes."""
