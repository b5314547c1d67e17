"""The way out to media: files of the CDN, whole, and from nowhere else.

    fetcher.py   CdnFetcher: which addresses are asked, redirects, what is yielded
    body.py      the bytes of one file, across broken connections
    answers.py   what the head of an answer means
    limits.py    when waiting for a file ends

Connections are opened by ``storykeep.sources.guard``.
"""
