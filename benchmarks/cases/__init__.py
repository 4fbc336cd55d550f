"""What is measured: each function prepares one thing and returns what runs it n times."""
