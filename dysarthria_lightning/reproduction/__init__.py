"""The paper's experiments as one set of runs: planned, trained, and gathered for the report."""

#: What the experiments vary; a reproduction as a whole has no single value of them.
VARIED = ("experiment", "protocol", "subset", "n_mfcc", "model", "fold", "repeat")
