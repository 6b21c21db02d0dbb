"""The shapes that cross the edge: pydantic here and nowhere further in; each answer is made in one `of`."""
