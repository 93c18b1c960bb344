"""The ledger: what was asked for, bought and brought back, written down before each step is taken."""

from uprez.ledger.attempts import Attempt, AttemptState, LostRace
from uprez.ledger.book import Ledger

__all__ = ["Attempt", "AttemptState", "Ledger", "LostRace"]
