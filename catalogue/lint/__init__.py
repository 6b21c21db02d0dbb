"""Reading a rule: what a policy's author should look at before anyone else does."""
