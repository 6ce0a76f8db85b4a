"""What else could explain a result: cues that tell the classes apart without dysarthria."""
