"""What can be asked, without HTTP: the calls, their examples, and how much one of them may ask for."""
