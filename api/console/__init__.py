"""The officers' console: server-rendered pages below /console for officers, reviewers, auditors, administrators."""
