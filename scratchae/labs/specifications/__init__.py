"""What each lab asks for: labNN.py holds LAB."""
