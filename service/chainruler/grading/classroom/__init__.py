"""What a class got wrong, counted from the reports on its submissions."""
