"""Decision tables: the index against trying every row, hit policies, and what the linter finds in them."""
