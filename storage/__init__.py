"""What must survive: tables, statements, repositories and migrations, in PostgreSQL."""
