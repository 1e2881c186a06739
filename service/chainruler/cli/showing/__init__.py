"""What people see: numbers, mathematics, tables, curves."""
