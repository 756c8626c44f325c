"""What is to be done from time to time, for those that nobody below them may import.

The workers send it every ten seconds; whoever listens decides for itself whether it is time.
"""

from django.dispatch import Signal

# Sent with `now`. A receiver that raises is logged and stops nobody else.
upkeep_due = Signal()
