"""The pure heart: ids, links, the Story, the endpoint table, errors and ports.

Nothing in here does I/O, reads a clock or knows a framework, so that every rule of the
contract can be tested as a function.
"""
