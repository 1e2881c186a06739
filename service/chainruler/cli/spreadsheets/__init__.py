"""Grades of a class as spreadsheets read them, a file for each kind of sheet."""
