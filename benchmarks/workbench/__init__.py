"""The workbench over a whole city: the live count of a rule that is being written, and the impact of a draft."""
