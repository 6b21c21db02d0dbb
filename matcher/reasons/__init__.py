"""Why a verdict is what it is: the clauses and facts that it rests on, and how people are told."""
