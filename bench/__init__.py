"""What ``make bench`` runs: this server beside its peers, in one run on one machine.

sections/   what is measured, one file each, and the targets it must meet
peers/      the applications that it is measured against
machine.py  cores and programs; process.py a server's CPU and memory; load.py wrk
stories.py  stories and raw items of real size; folders.py data folders full of them
outcome.py  tables and verdicts
"""
