"""Instagram by the operator's own session.  Needs ``storykeep[instagram]``.

    upstream.py  the questions
    client.py    aiograpi, as signed transport and nothing else
    trouble.py   what can go wrong, and whose turn it is
    session.py   what is kept of a session

Only who asks it imports aiograpi: that takes half a second and 50 MB.
"""
