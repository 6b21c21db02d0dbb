"""Pure types of the city: facts, profiles, policies, the eligibility language and its reference evaluator."""
