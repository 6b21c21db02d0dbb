"""In what order: the models that rank eligible policies, and never admit one."""
