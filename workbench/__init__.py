"""From a document to a published rule: drafts, their impact, who approves them, what serves, and a record of it."""
