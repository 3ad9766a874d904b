"""All that a clinic keeps of one patient: to give it out, to take it in, to erase it."""
