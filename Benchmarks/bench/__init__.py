"""The parts: who is measured (`peers`), on what (`cases`), how (`measure`), what is said of it (`report`)."""
