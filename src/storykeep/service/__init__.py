"""The use cases.  They speak to ports only."""
